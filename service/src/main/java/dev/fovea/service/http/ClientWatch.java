package dev.fovea.service.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Notices that clients have hung up while their requests are worked on, and interrupts the threads that do, so that
 * nothing is computed for nobody. The JDK's server does not read from a connection before its request is answered, and
 * lends nobody the socket; what the system knows of it stands in its {@linkplain ConnectionTable table of connections},
 * which Linux shows as a file. Elsewhere nothing is noticed.
 *
 * <p>A client that closes only its sending half looks the same, and is taken to have hung up, as by Go's server and by
 * nginx.
 */
public final class ClientWatch implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("dev.fovea.service");

    /** Looking takes one part of so many of a core's time: a table that takes longer to read is read less often. */
    private static final int PARTS = 50;

    private static final long SELDOM = Duration.ofSeconds(10).toNanos();

    private final ConnectionTable table;
    private final long interval;
    private final Set<Watched> requests = ConcurrentHashMap.newKeySet();

    /** Null where the system shows no table. */
    private final ScheduledExecutorService looking;

    /** Starts to look once a second while there are requests. */
    public ClientWatch() {
        this(new ConnectionTable(Path.of("/proc/self/net")), Duration.ofSeconds(1));
    }

    /** Starts to look at a table, as often as is said. */
    ClientWatch(ConnectionTable table, Duration interval) {
        this.table = table;
        this.interval = interval.toNanos();
        looking = table.isThere()
                ? Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("fovea-clients").daemon().factory())
                : null;
        lookLater(0);
    }

    /** A request that this thread works on. Close it when the answer is sent. */
    final class Watched implements AutoCloseable {

        private final ConnectionTable.Connection connection;
        private final Thread thread = Thread.currentThread();
        private boolean wasThere;
        private boolean wasMissed;
        private boolean isOver;

        private Watched(ConnectionTable.Connection connection) {
            this.connection = connection;
        }

        /**
         * Takes in what the table says. A table is not read in one go, and a line may be missed; a connection counts
         * as gone only if it was in an earlier table and is in none of two in a row.
         */
        private synchronized void look(ConnectionTable.Snapshot now) {
            boolean gone = now.isClosedByPeer(connection);
            if (now.isOpen(connection)) {
                wasThere = true;
                wasMissed = false;
            } else if (!gone && wasThere) {
                gone = wasMissed;
                wasMissed = true;
            }
            if (gone && !isOver) {
                isOver = true;
                requests.remove(this);
                thread.interrupt();
            }
        }

        @Override
        public synchronized void close() {
            isOver = true;
            requests.remove(this);
        }
    }

    /** Watches the client of a request until what is returned is closed, by the thread that works on it. */
    Watched watch(HttpExchange exchange) {
        return watch(exchange.getLocalAddress(), exchange.getRemoteAddress());
    }

    Watched watch(InetSocketAddress local, InetSocketAddress client) {
        Watched request = new Watched(ConnectionTable.Connection.of(local, client));
        if (looking != null) {
            requests.add(request);
        }
        return request;
    }

    /** Looks at the table once. */
    void look() throws IOException {
        if (!requests.isEmpty()) {
            ConnectionTable.Snapshot now = table.read();
            requests.forEach(request -> request.look(now));
        }
    }

    private void lookAgainAndAgain() {
        long start = System.nanoTime();
        try {
            look();
            lookLater((System.nanoTime() - start) * PARTS);
        } catch (IOException | RuntimeException broken) {
            if (!looking.isShutdown()) {
                LOG.log(Level.WARNING, "clients that hang up are not noticed any more: " + broken);
            }
        }
    }

    private void lookLater(long nanoseconds) {
        if (looking != null && !looking.isShutdown()) {
            long wait = Math.max(interval, Math.min(nanoseconds, SELDOM));
            looking.schedule(this::lookAgainAndAgain, wait, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void close() {
        if (looking != null) {
            looking.shutdownNow();
        }
    }
}
