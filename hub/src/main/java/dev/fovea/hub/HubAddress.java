package dev.fovea.hub;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Makes addresses on a hub, and resolves redirects. */
final class HubAddress {

    private HubAddress() {}

    /** Returns the address that lists the files of a repository at a revision, with sizes and hashes. */
    static URI listing(URI hub, ModelName model) {
        return URI.create(
                hub + "/api/models/" + model.repository() + "/revision/" + encode(model.revision()) + "?blobs=true");
    }

    /** Returns the address of a file of a repository at a commit. */
    static URI file(URI hub, ModelName model, String commit, String path) {
        StringBuilder address = new StringBuilder(hub + "/" + model.repository() + "/resolve/" + commit);
        for (String part : path.split("/")) {
            address.append('/').append(encode(part));
        }
        return URI.create(address.toString());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Returns whether two addresses belong to the same server, which may see what is meant for it. */
    static boolean sameServer(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    /** Returns whether an address is one of this machine's own, so that nothing travels over a network. */
    static boolean isThisMachine(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        return host.equals("localhost")
                || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}")
                || host.equals("[::1]")
                || host.equals("[0:0:0:0:0:0:0:1]");
    }

    static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    /**
     * Returns where a redirect leads.
     *
     * @param location of the answer; signed ones hold characters that addresses must not
     * @return null if it must not be followed: another scheme, or from https to http
     */
    static URI redirect(URI from, String location) {
        StringBuilder legal = new StringBuilder();
        for (byte b : location.getBytes(StandardCharsets.UTF_8)) {
            boolean illegal = b <= ' ' || b == 0x7f || "\"<>\\^`{|}".indexOf(b) >= 0;
            legal.append(illegal ? String.format("%%%02X", b & 0xff) : String.valueOf((char) b));
        }
        try {
            URI target = from.resolve(URI.create(legal.toString()));
            String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
            boolean known =
                    scheme.equals("https") || (scheme.equals("http") && "http".equalsIgnoreCase(from.getScheme()));
            return known && target.getHost() != null ? target : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
