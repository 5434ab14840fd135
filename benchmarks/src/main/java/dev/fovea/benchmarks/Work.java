package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A work as {@code benchmarks/peers} calls it: {@code image-16}, {@code text-full}, {@code text-usual}, {@code labels-1000}, {@code
 * labels-1000-trimmed}.
 *
 * @param name the name
 * @param kind what is computed
 * @param count pictures or texts at once
 */
record Work(String name, Kind kind, int count) {

    private static final Pattern NAME =
            Pattern.compile("(image|labels)-([1-9][0-9]{0,3})(-trimmed)?|text-(full|usual)");

    enum Kind {
        /** Pictures, one batch. */
        IMAGES,
        /** One text that fills the context. */
        FULL_TEXT,
        /** One short label. */
        USUAL_TEXT,
        /** Many labels; peers pad them all to the context, or sort them and pad to the longest of each batch. */
        LABELS,
        TRIMMED_LABELS
    }

    static Work named(String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches() || name.startsWith("image") && name.endsWith("trimmed")) {
            throw new FoveaException("no work \"" + name
                    + "\"; expected image-B, text-full, text-usual, labels-N or labels-N-trimmed, such as image-16");
        }
        if (parts.group(4) != null) {
            return new Work(name, parts.group(4).equals("full") ? Kind.FULL_TEXT : Kind.USUAL_TEXT, 1);
        }
        Kind kind = parts.group(1).equals("image")
                ? Kind.IMAGES
                : parts.group(3) == null ? Kind.LABELS : Kind.TRIMMED_LABELS;
        return new Work(name, kind, Integer.parseInt(parts.group(2)));
    }

    /** Whether one run takes so long that it is not repeated much. */
    boolean isLong() {
        return kind == Kind.LABELS || kind == Kind.TRIMMED_LABELS;
    }
}
