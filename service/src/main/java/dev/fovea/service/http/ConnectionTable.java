package dev.fovea.service.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The system's table of TCP connections, as Linux shows it in {@code tcp} and {@code tcp6} (proc_net_tcp(5)): a line
 * for each, with both addresses in hexadecimal digits and the state.
 */
final class ConnectionTable {

    private static final String ESTABLISHED = "01";
    private static final String CLOSED_BY_PEER = "08"; // TCP_CLOSE_WAIT

    /** An IPv4 address in an IPv6 one, ::ffff:0:0/96, as the table writes its first twelve bytes. */
    private static final String MAPPED = digits(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1});

    private final List<Path> files;

    /** Makes the table of a folder, {@code /proc/self/net}. */
    ConnectionTable(Path folder) {
        files = Stream.of(folder.resolve("tcp"), folder.resolve("tcp6"))
                .filter(Files::isReadable)
                .toList();
    }

    /** Returns whether the system shows one. */
    boolean isThere() {
        return !files.isEmpty();
    }

    /** A connection as the table writes it: the port here, and the address and port of the other end. */
    record Connection(String localPort, String peer) {

        static Connection of(InetSocketAddress local, InetSocketAddress peer) {
            return new Connection(port(local), digits(peer.getAddress().getAddress()) + ":" + port(peer));
        }

        private static String port(InetSocketAddress address) {
            return HexFormat.of().withUpperCase().toHexDigits((short) address.getPort());
        }
    }

    /** What the table said when it was read. */
    record Snapshot(Set<Connection> open, Set<Connection> closedByPeer) {

        boolean isOpen(Connection connection) {
            return open.contains(connection);
        }

        /** Returns whether the other end sends nothing any more, and this one is open. */
        boolean isClosedByPeer(Connection connection) {
            return closedByPeer.contains(connection);
        }
    }

    /** Reads the table. */
    Snapshot read() throws IOException {
        Snapshot snapshot = new Snapshot(new HashSet<>(), new HashSet<>());
        for (Path file : files) {
            try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
                lines.skip(1).forEach(line -> add(line, snapshot));
            }
        }
        return snapshot;
    }

    private static void add(String line, Snapshot snapshot) {
        String[] fields = line.strip().split(" +", 5);
        if (fields.length < 5) {
            return;
        }
        String state = fields[3];
        if (state.equals(ESTABLISHED) || state.equals(CLOSED_BY_PEER)) {
            String peer = fields[2].startsWith(MAPPED) ? fields[2].substring(MAPPED.length()) : fields[2];
            String localPort = fields[1].substring(fields[1].indexOf(':') + 1);
            (state.equals(ESTABLISHED) ? snapshot.open() : snapshot.closedByPeer())
                    .add(new Connection(localPort, peer));
        }
    }

    /** Writes an address as the kernel does: each four bytes as a number of this machine. */
    private static String digits(byte[] address) {
        ByteBuffer bytes = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
        StringBuilder digits = new StringBuilder();
        while (bytes.hasRemaining()) {
            digits.append(HexFormat.of().withUpperCase().toHexDigits(bytes.getInt()));
        }
        return digits.toString();
    }
}
