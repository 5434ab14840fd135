package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Maps token texts to their ids and back: a hash table over UTF-8 bytes without one object per token, because fifty
 * thousand strings in a map would be most of a tokenizer's loading time.
 */
final class Vocabulary {
    private byte[] text = new byte[1 << 19];
    private int textSize;
    /** Start of each token's text, in the order in which they were added; one more entry for the end of the last. */
    private int[] starts = new int[1 << 16];

    private int[] ids = new int[1 << 16];
    private int count;

    /** Slots of the hash table with open addressing: index of a token plus one, 0 is free. */
    private int[] slots = new int[1 << 17];
    /** Index of the token of each id, plus one. */
    private int[] byId = new int[1 << 16];

    /**
     * Adds a token.
     *
     * @param source the file it comes from, for errors
     */
    void add(String token, int id, Object source) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        add(bytes, 0, bytes.length, id, source);
    }

    /** Adds a token whose text is UTF-8 bytes {@code from} to {@code to} (exclusive) of {@code bytes}. */
    void add(byte[] bytes, int from, int to, int id, Object source) {
        if (id < 0 || id > MAX_ID) {
            throw new ModelException(source + ": token '" + text(bytes, from, to) + "' has the id " + id
                    + ", expected 0 to " + MAX_ID + "; the file is damaged, fetch it again");
        }
        int slot = slot(bytes, from, to);
        if (slots[slot] != 0) {
            throw new ModelException(source + ": token '" + text(bytes, from, to)
                    + "' appears twice; the file is damaged, fetch it again");
        }
        if (id < byId.length && byId[id] != 0) {
            throw new ModelException(source + ": tokens '" + tokenOf(id) + "' and '" + text(bytes, from, to)
                    + "' both have the id " + id + "; the file is damaged, fetch it again");
        }
        int length = to - from;
        if (textSize + length > text.length) {
            text = Arrays.copyOf(text, Math.max(textSize + length, text.length * 2));
        }
        System.arraycopy(bytes, from, text, textSize, length);
        if (count + 1 == starts.length) {
            starts = Arrays.copyOf(starts, starts.length * 2);
            ids = Arrays.copyOf(ids, ids.length * 2);
        }
        if (id >= byId.length) byId = Arrays.copyOf(byId, Math.max(id + 1, byId.length * 2));
        starts[count] = textSize;
        textSize += length;
        ids[count] = id;
        count++;
        starts[count] = textSize;
        slots[slot] = count;
        byId[id] = count;
        if (count * 2 > slots.length) rehash();
    }

    /** Adds a token, or gives one that is there already another id. */
    void addOrMove(String token, int id, Object source) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        int index = slots[slot(bytes, 0, bytes.length)] - 1;
        if (index < 0) {
            add(bytes, 0, bytes.length, id, source);
            return;
        }
        if (id >= byId.length) byId = Arrays.copyOf(byId, Math.max(id + 1, byId.length * 2));
        byId[ids[index]] = 0;
        ids[index] = id;
        byId[id] = index + 1;
    }

    /** Largest id that is accepted: a damaged file must not make us allocate gigabytes. */
    private static final int MAX_ID = 1 << 24;

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private void rehash() {
        slots = new int[slots.length * 2];
        for (int index = 0; index < count; index++) {
            slots[slot(text, starts[index], starts[index + 1])] = index + 1;
        }
    }

    private int slot(byte[] bytes, int from, int to) {
        return probe(hash(0, bytes, from, to), bytes, from, to, null, 0, 0);
    }

    private static int hash(int hash, byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) hash = hash * 0x01000193 ^ bytes[i];
        return hash;
    }

    /** Returns the slot of two stretches of bytes laid end to end, or the free slot where they would go. */
    private int probe(int hash, byte[] first, int from, int to, byte[] second, int secondFrom, int secondTo) {
        int mask = slots.length - 1;
        int slot = (hash ^ hash >>> 15) * 0x2C1B3C6D >>> 7 & mask;
        while (true) {
            int index = slots[slot] - 1;
            if (index < 0) return slot;
            int start = starts[index];
            int middle = start + to - from;
            int end = starts[index + 1];
            if (end - start == to - from + secondTo - secondFrom
                    && Arrays.equals(text, start, middle, first, from, to)
                    && (second == null || Arrays.equals(text, middle, end, second, secondFrom, secondTo))) {
                return slot;
            }
            slot = slot + 1 & mask;
        }
    }

    /** Returns the id of a token, or -1. */
    int idOf(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        return idOf(bytes, 0, bytes.length);
    }

    /** Returns the id of the token that is UTF-8 bytes {@code from} to {@code to} (exclusive), or -1. */
    int idOf(byte[] bytes, int from, int to) {
        int index = slots[slot(bytes, from, to)] - 1;
        return index < 0 ? -1 : ids[index];
    }

    /**
     * Returns the id of the token made of token {@code left} followed by token {@code right} without its first bytes,
     * or -1.
     */
    int idOfMerged(int left, int right, int skippedBytes) {
        int l = byId[left] - 1;
        int r = byId[right] - 1;
        int rightFrom = Math.min(starts[r] + skippedBytes, starts[r + 1]);
        int hash = hash(hash(0, text, starts[l], starts[l + 1]), text, rightFrom, starts[r + 1]);
        int index = slots[probe(hash, text, starts[l], starts[l + 1], text, rightFrom, starts[r + 1])] - 1;
        return index < 0 ? -1 : ids[index];
    }

    /** Returns the text of a token, or null if the id is unknown. */
    String tokenOf(int id) {
        int index = id < 0 || id >= byId.length ? -1 : byId[id] - 1;
        return index < 0 ? null : text(text, starts[index], starts[index + 1]);
    }

    /** Returns the number of tokens. */
    int size() {
        return count;
    }
}
