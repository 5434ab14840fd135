package dev.fovea.service.http;

import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.IDN;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Fetches pictures from addresses, but only from hosts that were allowed by name, so that a request cannot make this
 * machine ask others in its network (SSRF). The name is resolved once, every address of it must be a public one, and
 * the connection goes to one that was checked, whatever the name resolves to a moment later. Redirects are not
 * followed. HTTP/1.0 is spoken, whose answers end with the connection.
 */
public final class RemotePictures {

    private static final int CONNECT_MILLISECONDS = 5000;
    private static final int MOST_HEAD = 1 << 16;

    private final Set<String> hosts;
    private final int most;
    private final Predicate<InetAddress> mayBeAsked;

    /**
     * Allows some hosts.
     *
     * @param hosts names in lower case
     * @param most bytes of a picture
     */
    public RemotePictures(Set<String> hosts, int most) {
        this(hosts, most, PublicAddresses::contain);
    }

    RemotePictures(Set<String> hosts, int most, Predicate<InetAddress> mayBeAsked) {
        this.hosts = Set.copyOf(hosts);
        this.most = most;
        this.mayBeAsked = mayBeAsked;
    }

    /**
     * Fetches a picture.
     *
     * @param param the path of the field, for complaints
     * @throws HttpFailure if the host is not allowed, or does not give the picture
     */
    public byte[] fetch(String address, String param, Deadline deadline) {
        URI uri = uri(address, param);
        String host = IDN.toASCII(uri.getHost()).toLowerCase(Locale.ROOT);
        if (!hosts.contains(host)) {
            throw HttpFailure.badRequest(
                    param,
                    param + " is an address, and pictures are not fetched from its host; send the picture itself as"
                            + " data:image/jpeg;base64,...");
        }
        boolean secure = uri.getScheme().equalsIgnoreCase("https");
        int port = uri.getPort() < 0 ? secure ? 443 : 80 : uri.getPort();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(resolve(host, param), port), milliseconds(deadline));
            socket.setSoTimeout(milliseconds(deadline));
            try (Socket line = secure ? secured(socket, host, port) : socket) {
                return ask(line, uri, host, param, deadline);
            }
        } catch (IOException | IllegalArgumentException failed) {
            throw HttpFailure.badRequest(
                    param,
                    param + " cannot be fetched (" + failed.getClass().getSimpleName() + "); send the picture"
                            + " itself as data:image/jpeg;base64,...");
        }
    }

    private static URI uri(String address, String param) {
        try {
            URI uri = new URI(address);
            if (uri.getHost() != null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException broken) {
            // said below
        }
        throw HttpFailure.badRequest(
                param, param + " is no address of a picture; send the picture itself as data:image/jpeg;base64,...");
    }

    private static int milliseconds(Deadline deadline) {
        return (int) Math.clamp(TimeUnit.NANOSECONDS.toMillis(deadline.left()), 1, CONNECT_MILLISECONDS);
    }

    private InetAddress resolve(String host, String param) throws IOException {
        InetAddress[] addresses = InetAddress.getAllByName(host);
        for (InetAddress address : addresses) {
            if (!mayBeAsked.test(address)) {
                throw HttpFailure.badRequest(
                        param,
                        param + " leads into a private network; send the picture itself as"
                                + " data:image/jpeg;base64,...");
            }
        }
        return addresses[0];
    }

    private static SSLSocket secured(Socket socket, String host, int port) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket secured = (SSLSocket) factory.createSocket(socket, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        return secured;
    }

    private byte[] ask(Socket line, URI uri, String host, String param, Deadline deadline) throws IOException {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String named = uri.getPort() < 0 ? host : host + ":" + uri.getPort();
        String request = "GET " + path + query + " HTTP/1.0\r\nHost: " + named
                + "\r\nAccept: image/*\r\nUser-Agent: fovea\r\nConnection: close\r\n\r\n";
        line.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream answer = line.getInputStream();
        String status = head(answer, deadline);
        if (!status.matches("HTTP/1\\.[01] 200\\b.*")) {
            String code = status.matches("HTTP/1\\.[01] \\d{3}.*") ? status.substring(9, 12) : "no HTTP";
            throw HttpFailure.badRequest(
                    param, param + " cannot be fetched (its host answers " + code + "; redirects are not followed)");
        }
        return body(answer, param, deadline);
    }

    /** Reads the head of an answer and returns its first line. */
    private static String head(InputStream answer, Deadline deadline) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int last = 0; // the last four bytes
        while (last != 0x0d0a0d0a) {
            int next = answer.read();
            if (next < 0 || head.size() == MOST_HEAD) {
                throw new IOException("no end of the head");
            }
            head.write(next);
            last = last << 8 | next;
            if (deadline.left() < 0) {
                throw deadline.missed();
            }
        }
        return head.toString(StandardCharsets.ISO_8859_1).lines().findFirst().orElse("");
    }

    private byte[] body(InputStream answer, String param, Deadline deadline) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int read = answer.read(buffer); read >= 0; read = answer.read(buffer)) {
            body.write(buffer, 0, read);
            if (body.size() > most) {
                throw HttpFailure.badRequest(
                        param, param + " is larger than " + most + " bytes; send a smaller picture");
            }
            if (deadline.left() < 0) {
                throw deadline.missed();
            }
        }
        return body.toByteArray();
    }
}
