package dev.fovea.models.florence;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A generated text without {@code <s>}, {@code </s>} and {@code <pad>}, as the reference's parsers work on it. It maps
 * each character to its index in the generated text, and recognises the other tokens.
 */
final class CleanText {
    static final String SEPARATOR = "<sep>";
    static final String POLYGON_START = "<poly>";
    static final String POLYGON_END = "</poly>";
    private static final String LOCATION = "<loc_";

    /**
     * Tokens that are removed, in this order and one after the other, as in the reference: removing one may make
     * another.
     */
    private static final List<String> DROPPED = List.of("<s>", "</s>", "<pad>");

    /** Largest bin that is distinguished from larger ones. */
    private static final long LARGEST_BIN = Long.MAX_VALUE / 100;

    private final String text;

    /** Index in the generated text of every character, and of the end. */
    private final int[] origins;

    /** A token {@code <loc_digits>}. */
    record Location(long bin, int from, int to) {}

    private CleanText(String text, int[] origins) {
        this.text = text;
        this.origins = origins;
    }

    static CleanText of(String generated) {
        CleanText clean = new CleanText(
                generated, IntStream.rangeClosed(0, generated.length()).toArray());
        for (String token : DROPPED) {
            clean = clean.without(token);
        }
        return clean;
    }

    private CleanText without(String token) {
        StringBuilder kept = new StringBuilder(text.length());
        int[] keptOrigins = new int[origins.length];
        int from = 0;
        while (from <= text.length()) {
            int next = text.indexOf(token, from);
            int to = next < 0 ? text.length() : next;
            System.arraycopy(origins, from, keptOrigins, kept.length(), to - from);
            kept.append(text, from, to);
            from = next < 0 ? text.length() + 1 : next + token.length();
        }
        keptOrigins[kept.length()] = origins[text.length()];
        return new CleanText(kept.toString(), keptOrigins);
    }

    String text() {
        return text;
    }

    int length() {
        return text.length();
    }

    /** Returns the range of some characters in the generated text. */
    Span span(int from, int to) {
        return from == to ? new Span(origins[from], origins[from]) : new Span(origins[from], origins[to - 1] + 1);
    }

    /**
     * Returns the end of the location token at an index, or the index itself if there is none. Digits of any script
     * count, as in Python.
     */
    int afterLocation(int at) {
        if (!text.startsWith(LOCATION, at)) {
            return at;
        }
        int digits = at + LOCATION.length();
        int end = digits;
        while (end < text.length() && Character.isDigit(text.codePointAt(end))) {
            end += Character.charCount(text.codePointAt(end));
        }
        return end > digits && text.startsWith(">", end) ? end + 1 : at;
    }

    /**
     * Returns the end of the location token, separator, or polygon's start or end at an index, or the index itself if
     * there is none.
     */
    int afterPolygonItem(int at) {
        for (String token : List.of(SEPARATOR, POLYGON_START, POLYGON_END)) {
            if (text.startsWith(token, at)) {
                return at + token.length();
            }
        }
        return afterLocation(at);
    }

    /** Returns the location tokens that follow each other from an index on, at most {@code most} of them. */
    List<Location> locations(int from, int most) {
        List<Location> locations = new ArrayList<>();
        int at = from;
        for (int end = afterLocation(at); end > at && locations.size() < most; end = afterLocation(at)) {
            locations.add(new Location(bin(at + LOCATION.length(), end - 1), at, end));
            at = end;
        }
        return locations;
    }

    private long bin(int from, int to) {
        long bin = 0;
        for (int at = from; at < to; at += Character.charCount(text.codePointAt(at))) {
            bin = Math.min(LARGEST_BIN, bin * 10 + Character.digit(text.codePointAt(at), 10));
        }
        return bin;
    }
}
