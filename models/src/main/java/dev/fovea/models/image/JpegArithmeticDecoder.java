package dev.fovea.models.image;

import java.util.HexFormat;

/**
 * The adaptive binary arithmetic decoder of T.81, annex D. A bin is a byte: its low 7 bits hold the state of the
 * estimate, its high bit the more probable symbol.
 */
final class JpegArithmeticDecoder {
    /** State of a bin whose symbols stay equally likely. */
    static final byte EVEN = 113;

    /** Table D.3, and a last row for {@link #EVEN}: the size of the less probable symbol's interval, 16 bits. */
    private static final String INTERVALS =
            "5A1D25861114080B03D801DA00E5006F0036001A000D0006000300015A7F3F252CF2207C17B911820CEF09A1072F055C"
                    + "04060303024001B1014400F500B7008A0068004E003B002C5AE1484C3A0D2EF1261F1F3319A8151811770E740BFB09F8"
                    + "0861070605CD04DE040F036302D4025C01F801A40160012500F600CB00AB008F5B124D04412C37D82FE8293C23791EDF"
                    + "1AA9174E1424119C0F6B0D510BB60A4058324D1C438E3BDD34EE2EAE299A251655704CA944D93E22382432B42E1756A8"
                    + "4F4647E541CF3C3D375E52314C0F4639415E562750E74B855597504F5A10552259EB5A1D";

    /** The state after the less probable symbol; the high bit tells that the symbols are exchanged. */
    private static final String AFTER_LESS_PROBABLE =
            "810E10121417191C1E2123090A0C8F242627282A2B2D2E303133343638393B3C3E3F2021A540414344454648494A4B4D"
                    + "4E4F303232333435363738393A3B3D3DC1505152535456575748484A4A4B4D4DD058595A5B5C5D56D85F606163635DDF"
                    + "6566676863696A6B67E96C6D6E6FEE70F071";

    /** The state after the more probable symbol, used where the interval is small enough to renew the estimate. */
    private static final String AFTER_MORE_PROBABLE =
            "0102030405060708090A0B0C0D0D0F101112131415161718191A1B1C1D1E1F202122230925262728292A2B2C2D2E2F30"
                    + "3132333435363738393A3B3C3D3E3F204142434445464748494A4B4C4D4E4F305152535455565747595A5B5C5D5E5660"
                    + "616263645D666768636A6B676D6B6F6D6F71";

    private static final int HALF = 0x8000;

    private static final int[] INTERVAL = new int[EVEN + 1];
    private static final byte[] LESS = HexFormat.of().parseHex(AFTER_LESS_PROBABLE);
    private static final byte[] MORE = HexFormat.of().parseHex(AFTER_MORE_PROBABLE);

    static {
        for (int i = 0; i < INTERVAL.length; i++) INTERVAL[i] = HexFormat.fromHexDigits(INTERVALS, 4 * i, 4 * i + 4);
    }

    private final JpegSource source;
    /** Position of the code in the interval, with {@link #ahead} bits that are not used yet. */
    private long code;

    private long interval;
    /** Number of bits of {@link #code} that are not used yet; negative while the first bytes are missing. */
    private int ahead;

    JpegArithmeticDecoder(JpegSource source) {
        this.source = source;
        restart();
    }

    /** Starts again with the next byte. */
    void restart() {
        code = 0;
        interval = 0;
        ahead = -16;
    }

    /** Decodes a symbol, 0 or 1, and adapts its bin. */
    int bit(byte[] bins, int bin) throws BrokenPictureException {
        while (interval < HALF) {
            if (--ahead < 0) {
                code = code << 8 | nextByte();
                ahead += 8;
                if (ahead < 0 && ++ahead == 0) interval = HALF;
            }
            interval <<= 1;
        }
        int state = bins[bin] & 0x7F;
        int probable = bins[bin] & 0x80;
        int less = INTERVAL[state];
        interval -= less;
        long bound = interval << ahead;
        boolean upper = code >= bound;
        if (!upper && interval >= HALF) return probable >> 7;
        // The less probable symbol may have the larger interval: then they change roles.
        boolean lessProbable = upper == interval >= less;
        if (upper) {
            code -= bound;
            interval = less;
        }
        if (lessProbable) {
            bins[bin] = (byte) (probable ^ LESS[state]);
            return probable >> 7 ^ 1;
        }
        bins[bin] = (byte) (probable ^ MORE[state]);
        return probable >> 7;
    }

    /** Returns the next byte of data, zeros from a marker on. */
    private int nextByte() throws BrokenPictureException {
        if (source.marker != 0) return 0;
        int value = source.int8();
        if (value != 0xFF) return value;
        do {
            value = source.int8();
        } while (value == 0xFF);
        if (value == 0) return 0xFF;
        source.marker = value;
        return 0;
    }
}
