package dev.fovea.service.http;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Knows the addresses that are reached through the Internet, by the registries of IANA (RFC 6890). */
final class PublicAddresses {

    private PublicAddresses() {}

    /** Returns whether an address is a public one. */
    static boolean contain(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        if (address instanceof Inet4Address) {
            boolean shared = first == 100 && second >= 64 && second < 128; // of a provider's customers
            boolean protocols = first == 192 && second == 0 && bytes[2] == 0;
            boolean benchmarks = first == 198 && (second == 18 || second == 19);
            return first != 0 && first < 224 && !shared && !protocols && !benchmarks;
        }
        // 2000::/3 is all that is given out; 6to4 and Teredo in it, like ::ffff:0:0/96, carry addresses of version 4.
        boolean teredo = first == 0x20 && second == 0x01 && bytes[2] == 0 && bytes[3] == 0;
        boolean sixToFour = first == 0x20 && second == 0x02;
        return first >>> 5 == 1 && !teredo && !sixToFour;
    }
}
