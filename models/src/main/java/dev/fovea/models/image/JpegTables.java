package dev.fovea.models.image;

import java.util.Arrays;
import java.util.HexFormat;

/** Constants of T.81: the zigzag order and the Huffman tables of its annex K. */
final class JpegTables {
    /**
     * Natural indexes of the coefficients of a block, in the order of the file (T.81, figure 5). Runs of damaged files
     * lead up to 16 beyond the last one: these entries repeat it.
     */
    static final byte[] NATURAL_ORDER = new byte[80];

    static {
        for (int sum = 0, k = 0; sum < 15; sum++) {
            int first = Math.max(0, sum - 7);
            int last = Math.min(7, sum);
            for (int i = first; i <= last; i++) {
                // Even diagonals run up, odd ones down.
                int row = (sum & 1) == 0 ? last - (i - first) : i;
                NATURAL_ORDER[k++] = (byte) (8 * row + sum - row);
            }
        }
        for (int k = 64; k < NATURAL_ORDER.length; k++) NATURAL_ORDER[k] = 63;
    }

    private JpegTables() {}

    /**
     * Returns the table that is used where a file has none, as Motion JPEG leaves them out; null for tables 2 and 3.
     */
    static Code standard(boolean dc, int table) {
        if (table > 1) return null;
        if (dc) return new Code(hex(table == 0 ? DC_0_COUNTS : DC_1_COUNTS), values("000102030405060708090A0B"));
        return new Code(hex(table == 0 ? AC_0_COUNTS : AC_1_COUNTS), values(table == 0 ? AC_0_VALUES : AC_1_VALUES));
    }

    /**
     * A Huffman code as a file holds it.
     *
     * @param counts number of codes of each length from 1 to 16
     * @param values 256 values in the order of their codes, zero beyond the last
     */
    record Code(byte[] counts, byte[] values) {}

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] values(String digits) {
        return Arrays.copyOf(hex(digits), 256);
    }

    private static final String DC_0_COUNTS = "00010501010101010100000000000000";
    private static final String DC_1_COUNTS = "00030101010101010101010000000000";
    private static final String AC_0_COUNTS = "0002010303020403050504040000017D";
    private static final String AC_1_COUNTS = "00020102040403040705040400010277";

    private static final String AC_0_VALUES = "01020300041105122131410613516107227114328191A1082342B1C11552D1F0"
            + "2433627282090A161718191A25262728292A3435363738393A434445464748494A535455565758595A636465666768696A"
            + "737475767778797A838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7"
            + "C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA";
    private static final String AC_1_VALUES = "000102031104052131061241510761711322328108144291A1B1C109233352F0"
            + "156272D10A162434E125F11718191A262728292A35363738393A434445464748494A535455565758595A636465666768696A"
            + "737475767778797A82838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7"
            + "C8C9CAD2D3D4D5D6D7D8D9DAE2E3E4E5E6E7E8E9EAF2F3F4F5F6F7F8F9FA";
}
