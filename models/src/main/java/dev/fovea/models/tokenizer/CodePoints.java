package dev.fovea.models.tokenizer;

import java.util.Arrays;

/** A set of code points, written as hexadecimal numbers and ranges in rising order: {@code "7FD 897-89F"}. */
final class CodePoints {
    /** Bounds in rising order: first of a range, one past its last, first of the next, ... */
    private final int[] bounds;

    CodePoints(String ranges) {
        String[] parts = ranges.strip().split("\\s+");
        bounds = new int[parts.length * 2];
        for (int i = 0; i < parts.length; i++) {
            int dash = parts[i].indexOf('-');
            bounds[2 * i] = Integer.parseInt(parts[i], 0, dash < 0 ? parts[i].length() : dash, 16);
            bounds[2 * i + 1] = 1 + Integer.parseInt(parts[i], dash + 1, parts[i].length(), 16);
        }
    }

    boolean contains(int codePoint) {
        if (codePoint < bounds[0]) return false;
        int at = Arrays.binarySearch(bounds, codePoint);
        // On a bound: a range's first is inside, one past its last is not. Between bounds: inside after an even number.
        return at >= 0 ? (at & 1) == 0 : (-at - 1 & 1) == 1;
    }
}
