package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Selects proxies by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals or not, as curl and Python read them.
 * If none of them is set, the JVM's own settings ({@code -Dhttps.proxyHost}) hold.
 */
final class EnvironmentProxies extends ProxySelector {

    private static final String TUNNELS = "jdk.http.auth.tunneling.disabledSchemes";

    private final Map<String, String> variables;
    private final NoProxy exceptions;

    EnvironmentProxies(Map<String, String> variables) {
        this.variables = variables;
        exceptions = new NoProxy(variables.containsKey("no_proxy") ? text("no_proxy") : text("NO_PROXY"));
    }

    /** Makes a client use these proxies. */
    void apply(HttpClient.Builder client) {
        if (name("https") == null && name("http") == null) {
            client.proxy(ProxySelector.getDefault());
            return;
        }
        client.proxy(this);
        boolean password = Stream.of("https", "http")
                .map(this::usable)
                .anyMatch(proxy -> proxy != null && proxy.getRawUserInfo() != null);
        if (password) {
            if (System.getProperty(TUNNELS) == null) {
                System.setProperty(TUNNELS, ""); // the JDK refuses to show a password to a proxy of https otherwise
            }
            client.authenticator(new Passwords());
        }
    }

    /**
     * Returns the proxies on the way to an address.
     *
     * @throws FoveaException if it leads over a proxy that cannot be used; one that is not on the way may be of any
     *     kind
     */
    @Override
    public List<Proxy> select(URI uri) {
        String variable = variable(uri);
        if (variable == null) {
            return List.of(Proxy.NO_PROXY);
        }
        URI proxy = parsed(variable);
        if (proxy == null) {
            throw new ModelException(
                    variable + complaint(text(variable)) + ", or except " + uri.getHost() + " from it in NO_PROXY");
        }
        int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port)));
    }

    /** Returns the variable that names the proxy on the way to an address, null if there is none. */
    String variable(URI uri) {
        String variable = name(uri.getScheme().toLowerCase(Locale.ROOT));
        return variable == null || HubAddress.isThisMachine(uri) || exceptions.match(uri) ? null : variable;
    }

    /** Returns the complaint about a value. The value is not repeated: it may hold a password. */
    private static String complaint(String value) {
        return value.toLowerCase(Locale.ROOT).startsWith("socks")
                ? " names a SOCKS proxy, which Java's client of HTTP cannot use; name an HTTP proxy"
                : " is no address of an HTTP proxy; it must be as http://proxy.example.com:3128";
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // the request fails with the same exception, which is told there
    }

    /** Returns the variable that counts for a scheme, as it is spelt in the environment; null if none is set. */
    private String name(String scheme) {
        for (String name : List.of(scheme + "_proxy", "all_proxy")) {
            String spelt = variables.containsKey(name) ? name : name.toUpperCase(Locale.ROOT);
            if (!text(spelt).isEmpty()) {
                return spelt;
            }
        }
        return null;
    }

    private String text(String variable) {
        return variables.getOrDefault(variable, "").strip();
    }

    /** Returns the proxy of a scheme if it is one that can be used, else null. */
    private URI usable(String scheme) {
        String variable = name(scheme);
        return variable == null ? null : parsed(variable);
    }

    private URI parsed(String variable) {
        String text = text(variable);
        try {
            URI proxy = URI.create(text.contains("://") ? text : "http://" + text);
            return "http".equalsIgnoreCase(proxy.getScheme()) && proxy.getHost() != null ? proxy : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Answers proxies with their names and passwords, which nobody else is shown. */
    private final class Passwords extends Authenticator {
        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            if (getRequestorType() != RequestorType.PROXY) {
                return null;
            }
            for (String scheme : List.of("https", "http")) {
                URI proxy = usable(scheme);
                if (proxy != null
                        && proxy.getRawUserInfo() != null
                        && proxy.getHost().equalsIgnoreCase(getRequestingHost())) {
                    String[] parts = proxy.getRawUserInfo().split(":", 2);
                    char[] password =
                            parts.length < 2 ? new char[0] : decode(parts[1]).toCharArray();
                    return new PasswordAuthentication(decode(parts[0]), password);
                }
            }
            return null;
        }

        private static String decode(String text) {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        }
    }
}
