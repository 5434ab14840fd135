package dev.fovea.models.image;

import java.util.Arrays;

/**
 * The transparency of a picture without an alpha channel.
 *
 * @param alphas the alpha of each of the 256 palette entries, or null
 * @param key the one colour that is transparent, red, green, blue from the high byte down; not used with {@code alphas}
 */
record Transparency(byte[] alphas, int key) {

    /** Makes one palette entry transparent. */
    static Transparency ofEntry(int index) {
        byte[] alphas = new byte[256];
        Arrays.fill(alphas, (byte) 255);
        alphas[index] = 0;
        return new Transparency(alphas, 0);
    }

    /** Reads alphas of the first palette entries; the others are opaque. */
    static Transparency ofEntries(byte[] file, int from, int count) {
        byte[] alphas = new byte[256];
        Arrays.fill(alphas, (byte) 255);
        System.arraycopy(file, from, alphas, 0, Math.min(count, alphas.length));
        return new Transparency(alphas, 0);
    }

    /** Makes one colour transparent, of which Pillow compares the low bytes. */
    static Transparency ofColor(int red, int green, int blue) {
        return new Transparency(null, (red & 0xFF) << 16 | (green & 0xFF) << 8 | blue & 0xFF);
    }
}
