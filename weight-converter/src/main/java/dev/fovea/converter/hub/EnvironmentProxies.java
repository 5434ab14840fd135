package dev.fovea.converter.hub;

import dev.fovea.tensor.FoveaException;
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

/**
 * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals or not, as curl and Python read them. Without any, what the JVM was
 * told ({@code -Dhttps.proxyHost}) holds.
 */
final class EnvironmentProxies extends ProxySelector {

    private static final String TUNNELS = "jdk.http.auth.tunneling.disabledSchemes";

    private final Map<String, String> variables;

    EnvironmentProxies(Map<String, String> variables) {
        this.variables = variables;
    }

    /** Makes a client use them. */
    void apply(HttpClient.Builder client) {
        URI secure = proxy("https");
        URI plain = proxy("http");
        if (secure == null && plain == null) {
            client.proxy(ProxySelector.getDefault());
            return;
        }
        client.proxy(this);
        if ((secure != null && secure.getRawUserInfo() != null) || (plain != null && plain.getRawUserInfo() != null)) {
            if (System.getProperty(TUNNELS) == null) {
                System.setProperty(TUNNELS, ""); // the JDK refuses to show a password to a proxy of https otherwise
            }
            client.authenticator(new Passwords());
        }
    }

    @Override
    public List<Proxy> select(URI uri) {
        URI proxy = proxy(uri.getScheme().toLowerCase(Locale.ROOT));
        if (proxy == null || isExcepted(uri)) {
            return List.of(Proxy.NO_PROXY);
        }
        int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port)));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // the request fails with the same exception, which is told there
    }

    private URI proxy(String scheme) {
        String text = variable(scheme + "_proxy");
        text = text.isEmpty() ? variable("all_proxy") : text;
        if (text.isEmpty()) {
            return null;
        }
        try {
            URI proxy = URI.create(text.contains("://") ? text : "http://" + text);
            if ("http".equalsIgnoreCase(proxy.getScheme()) && proxy.getHost() != null) {
                return proxy;
            }
        } catch (IllegalArgumentException e) {
            // told below, without the password that it may hold
        }
        throw new FoveaException(scheme.toUpperCase(Locale.ROOT)
                + "_PROXY is no address of an HTTP proxy; it must be as http://proxy.example.com:3128");
    }

    private boolean isExcepted(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
        if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
            return true; // this machine itself, as for the JDK's own proxies
        }
        for (String entry : variable("no_proxy").toLowerCase(Locale.ROOT).split("[,\\s]+")) {
            int colon = entry.lastIndexOf(':');
            boolean withPort = colon > 0 && entry.substring(colon + 1).matches("\\d+");
            boolean otherPort = withPort && !entry.substring(colon + 1).equals(Integer.toString(port));
            String name = (withPort ? entry.substring(0, colon) : entry).replaceFirst("^\\*?\\.", "");
            if (!name.isEmpty() && !otherPort && (name.equals("*") || host.equals(name) || host.endsWith("." + name))) {
                return true;
            }
        }
        return false;
    }

    private String variable(String lowerCase) {
        String capitals = variables.getOrDefault(lowerCase.toUpperCase(Locale.ROOT), "");
        return variables.getOrDefault(lowerCase, capitals).strip();
    }

    /** The proxies' names and passwords, never shown to anyone else. */
    private final class Passwords extends Authenticator {
        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            if (getRequestorType() != RequestorType.PROXY) {
                return null;
            }
            for (String scheme : List.of("https", "http")) {
                URI proxy = proxy(scheme);
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
