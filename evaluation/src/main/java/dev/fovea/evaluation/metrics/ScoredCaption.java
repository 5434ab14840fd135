package dev.fovea.evaluation.metrics;

import java.util.List;
import java.util.Objects;

/**
 * Holds the words of a caption beside those of its references.
 *
 * @param words of the caption that is measured
 * @param references the words of each caption that people wrote, at least one
 */
public record ScoredCaption(List<String> words, List<List<String>> references) {

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is no reference
     */
    public ScoredCaption {
        words = List.copyOf(Objects.requireNonNull(words, "words is null"));
        references = Objects.requireNonNull(references, "references is null").stream()
                .map(List::copyOf)
                .toList();
        if (references.isEmpty()) {
            throw new IllegalArgumentException("a caption has no references; expected at least one");
        }
    }

    /** Splits texts into words as COCO's evaluation does, with {@link PtbTokenizer}. */
    public static ScoredCaption of(String caption, List<String> references) {
        Objects.requireNonNull(caption, "caption is null");
        Objects.requireNonNull(references, "references is null");
        return new ScoredCaption(
                PtbTokenizer.words(caption),
                references.stream().map(PtbTokenizer::words).toList());
    }
}
