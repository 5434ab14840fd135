package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Describes a work as {@code benchmarks/peers} calls it. CLIP: {@code image-16}, {@code text-full}, {@code text-usual},
 * {@code labels-1000}, {@code labels-1000-trimmed}. BLIP and Florence-2: {@code tower-1}, {@code generate-20}, {@code
 * generate-20-beams-3}.
 *
 * @param name the name
 * @param kind what is computed
 * @param count pictures or texts at once; of a generated text its tokens
 * @param beams of a generated text
 */
record Work(String name, Kind kind, int count, int beams) {

    private static final Pattern NAME =
            Pattern.compile("(image|labels)-([1-9][0-9]{0,3})(-trimmed)?|text-(full|usual)");

    private static final Pattern GENERATOR_NAME =
            Pattern.compile("(tower|generate)-([1-9][0-9]{0,2})(?:-beams-([1-9][0-9]?))?");

    enum Kind {
        /** Pictures, one batch. */
        IMAGES,
        /** One text that fills the context. */
        FULL_TEXT,
        /** One short label. */
        USUAL_TEXT,
        /** Many labels; peers pad them all to the context, or sort them and pad to the longest of each batch. */
        LABELS,
        TRIMMED_LABELS,
        /** Pictures to image tokens. */
        TOWER,
        /** A picture to a text of {@code count} tokens. */
        GENERATE
    }

    static Work named(String name) {
        Matcher generator = GENERATOR_NAME.matcher(name);
        if (generator.matches()) {
            Kind kind = generator.group(1).equals("tower") ? Kind.TOWER : Kind.GENERATE;
            return new Work(
                    name,
                    kind,
                    Integer.parseInt(generator.group(2)),
                    generator.group(3) == null ? 1 : Integer.parseInt(generator.group(3)));
        }
        Matcher parts = NAME.matcher(name);
        if (!parts.matches() || name.startsWith("image") && name.endsWith("trimmed")) {
            throw new FoveaException("no work \"" + name
                    + "\"; expected image-B, text-full, text-usual, labels-N, labels-N-trimmed, or for BLIP and"
                    + " Florence-2"
                    + " tower-B, generate-N, generate-N-beams-K; such as image-16");
        }
        if (parts.group(4) != null) {
            return new Work(name, parts.group(4).equals("full") ? Kind.FULL_TEXT : Kind.USUAL_TEXT, 1, 1);
        }
        Kind kind = parts.group(1).equals("image")
                ? Kind.IMAGES
                : parts.group(3) == null ? Kind.LABELS : Kind.TRIMMED_LABELS;
        return new Work(name, kind, Integer.parseInt(parts.group(2)), 1);
    }

    /** Returns whether one run takes so long that it is not repeated much. */
    boolean isLong() {
        return kind == Kind.LABELS || kind == Kind.TRIMMED_LABELS;
    }
}
