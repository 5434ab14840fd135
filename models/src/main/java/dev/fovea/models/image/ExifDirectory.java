package dev.fovea.models.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The entries of a TIFF structure's first directory, which is also the format of EXIF (TIFF 6.0, section 2). They are
 * read as far as Pillow reads them: the first entry of a tag counts, a value that is larger than the whole is skipped,
 * one that lies outside ends the directory.
 */
final class ExifDirectory {
    private static final int ENTRY_BYTES = 12;
    /** Bytes of a value by its type; 0 for unknown types. */
    private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};

    private record Entry(int type, byte[] value) {}

    private final Map<Integer, Entry> entries = new HashMap<>();
    private final byte[] structure;
    private boolean bigEndian;

    /** Reads the structure that begins at {@code start}. Of a damaged one it has the entries before the damage. */
    ExifDirectory(byte[] data, int start) {
        structure = start == 0 ? data : Arrays.copyOfRange(data, start, data.length);
        if (structure.length < 8 || !isHeader(structure)) return;
        bigEndian = structure[0] == 'M';
        read(number(structure, 4, 4));
    }

    /** Reads the directory of the same structure that begins at {@code start}. */
    private ExifDirectory(ExifDirectory above, long start) {
        structure = above.structure;
        bigEndian = above.bigEndian;
        read(start);
    }

    private static boolean isHeader(byte[] start) {
        boolean order = start[0] == 'I' && start[1] == 'I' || start[0] == 'M' && start[1] == 'M';
        // The last of these is BigTIFF, which Pillow reads as if it were not.
        boolean version = start[2] == 42 && start[3] == 0
                || start[2] == 0 && start[3] == 42
                || start[0] == 'M' && start[2] == 0 && start[3] == 43;
        return order && version;
    }

    private void read(long from) {
        if (from + 2 > structure.length) return;
        int at = (int) from;
        long count = number(structure, at, 2);
        at += 2;
        long all = 0;
        for (int i = 0; i < count && at + ENTRY_BYTES <= structure.length; i++, at += ENTRY_BYTES) {
            int tag = (int) number(structure, at, 2);
            int type = (int) number(structure, at + 2, 2);
            if (entries.containsKey(tag) || type >= SIZES.length || SIZES[type] == 0) continue;
            long size = number(structure, at + 4, 4) * SIZES[type];
            if (size == 0) continue;
            long value = at + 8;
            if (size > 4) {
                all += size;
                if (all > structure.length) continue;
                value = number(structure, at + 8, 4);
                if (value + size > structure.length) return;
            }
            byte[] bytes = Arrays.copyOfRange(structure, (int) value, (int) (value + size));
            entries.put(tag, new Entry(type, bytes));
        }
    }

    private long number(byte[] bytes, int at, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) value = value << 8 | bytes[bigEndian ? at + i : at + length - 1 - i] & 0xFF;
        return value;
    }

    /**
     * Returns the first number of an entry if it is a small whole one, 0 if it is anything else, -1 without such an
     * entry.
     */
    int integer(int tag) {
        Entry entry = entries.get(tag);
        if (entry == null) return -1;
        byte[] value = entry.value;
        double number = switch (entry.type) {
            case 3, 4, 13 -> number(value, 0, SIZES[entry.type]);
            case 6 -> value[0];
            case 8 -> (short) number(value, 0, 2);
            case 9 -> (int) number(value, 0, 4);
            case 5 -> (double) number(value, 0, 4) / number(value, 4, 4);
            case 10 -> (double) (int) number(value, 0, 4) / (int) number(value, 4, 4);
            case 11 -> Float.intBitsToFloat((int) number(value, 0, 4));
            case 12 -> Double.longBitsToDouble(number(value, 0, 8));
            case 16 -> number(value, 0, 8);
            default -> 0;
        };
        return number > 0 && number < 256 && number == Math.rint(number) ? (int) number : 0;
    }

    /** Returns the directory that an entry points to, without entries if there is no such entry. */
    ExifDirectory below(int tag) {
        Entry entry = entries.get(tag);
        boolean pointer = entry != null && (entry.type == 4 || entry.type == 13);
        return new ExifDirectory(this, pointer ? number(entry.value, 0, 4) : structure.length);
    }

    /** Returns the unsigned fractions of an entry, none without such an entry. */
    double[] fractions(int tag) {
        Entry entry = entries.get(tag);
        if (entry == null || entry.type != 5) return new double[0];
        double[] fractions = new double[entry.value.length / 8];
        for (int i = 0; i < fractions.length; i++) {
            fractions[i] = (double) number(entry.value, 8 * i, 4) / number(entry.value, 8 * i + 4, 4);
        }
        return fractions;
    }

    /** Returns the bytes of an entry that holds bytes, null without such an entry. */
    byte[] bytes(int tag) {
        Entry entry = entries.get(tag);
        return entry != null && (entry.type == 1 || entry.type == 7) ? entry.value : null;
    }

    /** Returns the text of an entry, empty without such an entry. */
    String text(int tag) {
        Entry entry = entries.get(tag);
        return entry == null ? "" : new String(entry.value, StandardCharsets.ISO_8859_1);
    }
}
