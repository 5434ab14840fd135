package dev.fovea.hub;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Matches addresses against NO_PROXY, the list of servers that are reached without a proxy. It holds names of hosts and
 * of domains, with a leading dot or without, addresses and ranges of addresses ({@code 10.0.0.0/8}, as requests and Go
 * read them), each with a port or without, or {@code *} for everything.
 */
final class NoProxy {

    private final List<String> entries;

    /** Reads the exceptions in a text, with commas or spaces between them. */
    NoProxy(String text) {
        entries = Arrays.stream(text.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    /** Returns whether an address is excepted. */
    boolean match(URI uri) {
        String host = bare(uri.getHost().toLowerCase(Locale.ROOT));
        int port = HubAddress.port(uri);
        return entries.stream().anyMatch(entry -> matches(entry, host, port));
    }

    private static boolean matches(String entry, String host, int port) {
        int colon = entry.lastIndexOf(':');
        boolean oneColon = colon > 0 && entry.indexOf(':') == colon;
        boolean withPort = (oneColon || colon > 0 && entry.charAt(colon - 1) == ']')
                && entry.substring(colon + 1).matches("\\d+");
        if (withPort && !entry.substring(colon + 1).equals(Integer.toString(port))) {
            return false;
        }
        String written = withPort ? entry.substring(0, colon) : entry;
        if (written.equals("*")) {
            return true;
        }
        String name = bare(written);
        InetAddress address = address(host);
        if (address != null) {
            return isInRange(address, name);
        }
        String domain = name.replaceFirst("^\\*?\\.", "");
        return !domain.isEmpty() && (host.equals(domain) || host.endsWith("." + domain));
    }

    private static boolean isInRange(InetAddress host, String range) {
        String[] parts = range.split("/", 2);
        InetAddress base = address(bare(parts[0]));
        if (base == null || base.getAddress().length != host.getAddress().length) {
            return false;
        }
        int bits = 8 * host.getAddress().length;
        int prefix = parts.length < 2 ? bits : parts[1].matches("\\d{1,3}") ? Integer.parseInt(parts[1]) : -1;
        return prefix >= 0 && prefix <= bits && leading(host, bits - prefix).equals(leading(base, bits - prefix));
    }

    private static BigInteger leading(InetAddress address, int dropped) {
        return new BigInteger(1, address.getAddress()).shiftRight(dropped);
    }

    /** Returns the address that a text spells, null if it is a name; names are not resolved. */
    private static InetAddress address(String text) {
        if (!text.contains(":") && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Returns a host without the brackets of an address and the dot that may end a name. */
    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }
}
