package dev.fovea.service.http;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Makes the JDK's servers, with times after which slow clients are cut off. */
public final class HttpServers {

    private static final int BACKLOG = 1024;

    static {
        // The JDK's server reads these once, when it is first used. Without the first an answer on a kept connection
        // waits 40 ms for an acknowledgement; the others end requests that come, or answers that are read, too slowly.
        setUnlessGiven("sun.net.httpserver.nodelay", "true");
        setUnlessGiven("sun.net.httpserver.maxReqTime", "30");
        setUnlessGiven("sun.net.httpserver.maxRspTime", "600");
    }

    private HttpServers() {}

    private static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Makes a server that holds a port and does not listen yet.
     *
     * @param host a name or an address of this machine
     * @param port 0 for any that is free
     * @throws FoveaException if the port is taken or the address is not this machine's
     */
    public static HttpServer bind(String host, int port) {
        return bind(host, port, Optional.empty());
    }

    /**
     * Makes a server as {@link #bind(String, int)} does.
     *
     * @param tls the key and the certificates of a server that speaks HTTPS
     */
    public static HttpServer bind(String host, int port, Optional<HttpsConfigurator> tls) {
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
            if (tls.isEmpty()) {
                return HttpServer.create(address, BACKLOG);
            }
            HttpsServer server = HttpsServer.create(address, BACKLOG);
            server.setHttpsConfigurator(tls.get());
            return server;
        } catch (UnknownHostException unknown) {
            throw new FoveaException(host + " is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all");
        } catch (IOException taken) {
            throw new FoveaException(
                    "cannot listen on " + host + ":" + port + " (" + taken.getMessage()
                            + "); use another port, or 0 for any that is free",
                    taken);
        }
    }
}
