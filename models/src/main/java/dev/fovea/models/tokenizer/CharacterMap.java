package dev.fovea.models.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The replacements of a SentencePiece model, such as those of Unicode's NFKC, compiled into a double-array trie (Aoe
 * 1989; Darts-clone): each byte of a key leads from one unit to another, and units that end a key hold where its
 * replacement begins in a text of all replacements.
 */
final class CharacterMap {
    private final int[] units;
    /** Replacements, each followed by a zero. */
    private final byte[] replacements;

    private CharacterMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /**
     * Takes what the file holds: the number of bytes of the trie, the trie, the replacements; nothing for a map that
     * replaces nothing.
     *
     * @throws IndexOutOfBoundsException if it is cut off
     */
    static CharacterMap of(ByteBuffer stored) {
        ByteBuffer bytes = stored.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (!bytes.hasRemaining()) return new CharacterMap(new int[0], new byte[0]);
        int length = bytes.getInt(0);
        Objects.checkFromIndexSize(Integer.BYTES, length, bytes.limit());
        int[] units = new int[length / Integer.BYTES];
        bytes.slice(Integer.BYTES, length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(units);
        byte[] replacements = new byte[bytes.limit() - Integer.BYTES - length];
        bytes.get(Integer.BYTES + length, replacements);
        return new CharacterMap(units, replacements);
    }

    /**
     * The longest key that a text goes on with.
     *
     * @param length bytes of the key, 0 if there is none
     * @param replacement UTF-8
     */
    record Match(int length, byte[] replacement) {}

    private static final Match NONE = new Match(0, new byte[0]);

    /** Finds the longest key that bytes from an index on begin with. */
    Match longest(byte[] text, int from) {
        return find(text, from, text.length, false);
    }

    /** Finds the shortest key that some bytes begin with. */
    Match shortest(byte[] text, int from, int to) {
        return find(text, from, to, true);
    }

    private Match find(byte[] text, int from, int to, boolean shortest) {
        if (units.length == 0) return NONE;
        int length = 0;
        int value = 0;
        int at = offset(units[0]);
        for (int i = from; i < to && !(shortest && length > 0); i++) {
            at ^= text[i] & 0xFF;
            if (at >= units.length || label(units[at]) != (text[i] & 0xFF)) break;
            int unit = units[at];
            at ^= offset(unit);
            if (at >= units.length) break; // of a damaged file
            if ((unit >>> 8 & 1) != 0) {
                length = i + 1 - from;
                value = units[at] & Integer.MAX_VALUE;
            }
        }
        if (length == 0) return NONE;
        value = Math.min(value, replacements.length);
        int end = value;
        while (end < replacements.length && replacements[end] != 0) end++;
        return new Match(length, Arrays.copyOfRange(replacements, value, end));
    }

    /** Returns the byte that leads to a unit; those that hold a value have one that no byte equals. */
    private static int label(int unit) {
        return unit & (1 << 31 | 0xFF);
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    @Override
    public String toString() {
        return new String(replacements, StandardCharsets.UTF_8);
    }
}
