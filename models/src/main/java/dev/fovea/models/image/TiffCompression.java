package dev.fovea.models.image;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The compressions of TIFF: each fills a block of known size from a strip's or tile's bytes. */
enum TiffCompression {
    NONE(1),
    CCITT_RUNS(2),
    CCITT_GROUP_3(3),
    CCITT_GROUP_4(4),
    LZW(5),
    OLD_JPEG(6),
    JPEG(7),
    DEFLATE(8),
    CCITT_RUNS_WORDS(32771),
    PACK_BITS(32773),
    OLD_DEFLATE(32946);

    /** Number of bytes to inflate between two checks of the clock. */
    private static final int MAX_AT_ONCE = 1 << 20;

    private final int number;

    TiffCompression(int number) {
        this.number = number;
    }

    static TiffCompression of(long number) throws BrokenPictureException {
        for (TiffCompression compression : values()) if (compression.number == number) return compression;
        throw new BrokenPictureException("is a TIFF of compression " + number
                + ", which is not supported; save it as PNG or with LZW or deflate compression");
    }

    /** Returns whether samples may be stored as differences. */
    boolean hasPredictor() {
        return this == LZW || this == DEFLATE || this == OLD_DEFLATE;
    }

    boolean isCcitt() {
        return this == CCITT_RUNS || this == CCITT_GROUP_3 || this == CCITT_GROUP_4 || this == CCITT_RUNS_WORDS;
    }

    /**
     * Fills a block, except for JPEG and CCITT, which need more than bytes.
     *
     * @throws BrokenPictureException if the bytes end before it is full
     */
    void decode(byte[] in, int from, int end, byte[] out, DecodingBudget budget) throws BrokenPictureException {
        switch (this) {
            case LZW -> TiffLzw.decode(in, from, end, out, budget);
            case PACK_BITS -> unpackBits(in, from, end, out, budget);
            case DEFLATE, OLD_DEFLATE -> inflate(in, from, end, out, budget);
            default -> {
                if (end - from < out.length) throw BrokenPictureException.truncated();
                System.arraycopy(in, from, out, 0, out.length);
            }
        }
    }

    private static void inflate(byte[] in, int from, int end, byte[] out, DecodingBudget budget)
            throws BrokenPictureException {
        try (Inflater inflater = new Inflater()) {
            inflater.setInput(in, from, end - from);
            int filled = 0;
            while (filled < out.length) {
                int count = inflater.inflate(out, filled, Math.min(out.length - filled, MAX_AT_ONCE));
                if (count == 0) throw BrokenPictureException.truncated();
                filled += count;
                budget.advance(count);
            }
        } catch (DataFormatException damaged) {
            throw BrokenPictureException.truncated();
        }
    }

    /**
     * Expands runs: a count below zero and the byte that is repeated, or a count and that number of bytes plus one
     * (TIFF 6.0, section 9).
     */
    private static void unpackBits(byte[] in, int from, int end, byte[] out, DecodingBudget budget)
            throws BrokenPictureException {
        int at = from;
        int filled = 0;
        while (filled < out.length) {
            if (at >= end) throw BrokenPictureException.truncated();
            int count = in[at++];
            budget.advance(1 + Math.abs(count));
            if (count == -128) continue;
            int length = Math.min(count < 0 ? 1 - count : count + 1, out.length - filled);
            if (at + (count < 0 ? 1 : length) > end) throw BrokenPictureException.truncated();
            if (count < 0) {
                Arrays.fill(out, filled, filled + length, in[at++]);
            } else {
                System.arraycopy(in, at, out, filled, length);
                at += length;
            }
            filled += length;
        }
    }
}
