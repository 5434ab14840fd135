package dev.fovea.search;

import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Says what is looked for: texts, pictures and vectors with weights, what it is not, and a condition on fields.
 * Immutable: each method returns another query.
 *
 * <pre>{@code
 * PhotoQuery.of("a beach").and("sunset", 0.5).without("people").where("year>=2020");
 * }</pre>
 *
 * <p>The parts are added as unit vectors times their weights. What is to be left out is projected out of the sum
 * (orthogonal negation; Widdows 2003, "Orthogonal negation in vector spaces for modelling word-meanings and document
 * retrieval"), so that a picture is not found for what it shares with it.
 */
public final class PhotoQuery {

    private final List<Part> parts;
    private final List<Object> without;
    private final String condition;
    private final OptionalInt candidates;

    /**
     * Holds a part.
     *
     * @param what a text, a {@link PictureInput} or a vector
     */
    record Part(Object what, double weight) {}

    private PhotoQuery(List<Part> parts, List<Object> without, String condition, OptionalInt candidates) {
        this.parts = List.copyOf(parts);
        this.without = List.copyOf(without);
        this.condition = condition;
        this.candidates = candidates;
    }

    /**
     * Looks for a text.
     *
     * @throws FoveaException if the text has no word
     */
    public static PhotoQuery of(String text) {
        return of(text, 1);
    }

    /**
     * Looks for a text that counts more or less than the other parts.
     *
     * @param weight larger than 0
     * @throws FoveaException if the text has no word, or the weight is out of range
     */
    public static PhotoQuery of(String text, double weight) {
        return start().and(text, weight);
    }

    /** Looks for pictures that are like a picture. */
    public static PhotoQuery of(PictureInput picture) {
        return start().and(picture, 1);
    }

    /** Looks for the neighbours of a vector, such as one that {@code Clip.embed} made. */
    public static PhotoQuery of(float[] vector) {
        return start().and(vector, 1);
    }

    private static PhotoQuery start() {
        return new PhotoQuery(List.of(), List.of(), "", OptionalInt.empty());
    }

    /**
     * Adds a text.
     *
     * @param weight larger than 0; what {@link #of(String)} began with has 1
     * @throws FoveaException if the text has no word, or the weight is out of range
     */
    public PhotoQuery and(String text, double weight) {
        return with(words(text, "say what the pictures show"), weight);
    }

    /**
     * Adds a picture.
     *
     * @param weight larger than 0; what {@link #of(String)} began with has 1
     */
    public PhotoQuery and(PictureInput picture, double weight) {
        return with(Objects.requireNonNull(picture, "picture is null"), weight);
    }

    /**
     * Adds a vector, whose length does not count.
     *
     * @param weight larger than 0; what {@link #of(String)} began with has 1
     */
    public PhotoQuery and(float[] vector, double weight) {
        return with(Objects.requireNonNull(vector, "vector is null").clone(), weight);
    }

    private PhotoQuery with(Object what, double weight) {
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new FoveaException("the weight of a part of a query must be larger than 0, found " + weight);
        }
        List<Part> more = new ArrayList<>(parts);
        more.add(new Part(what, weight));
        return new PhotoQuery(more, without, condition, candidates);
    }

    /**
     * Leaves out what a text says.
     *
     * @throws FoveaException if the text has no word
     */
    public PhotoQuery without(String text) {
        List<Object> more = new ArrayList<>(without);
        more.add(words(text, "say what the pictures do not show"));
        return new PhotoQuery(parts, more, condition, candidates);
    }

    /**
     * Limits the pictures to those that match a condition, such as {@code year>=2020 and folder=holidays}, besides any
     * condition that the query has already. It is read when the query runs, since it depends on the fields of the
     * index.
     *
     * @param condition limits nothing if it is blank
     */
    public PhotoQuery where(String condition) {
        Objects.requireNonNull(condition, "condition is null");
        if (condition.isBlank()) {
            return this;
        }
        String both = this.condition.isEmpty() ? condition : "(" + this.condition + ") and (" + condition + ")";
        return new PhotoQuery(parts, without, both, candidates);
    }

    /**
     * Sets how many candidates the graph of a large index finds, of which the best are taken. More candidates take
     * longer and miss fewer of the nearest pictures; as many as the index has pictures are a comparison with all, by
     * which it can be measured what less miss. Without this it is four for each picture that is wanted, at least 40 (of
     * N &gt; 100,000 pictures at least 40 &radic;(N / 100,000): 126 of a million), and all where at most 20,000 match.
     *
     * @param count 1 or more; at least as many as are wanted are found
     */
    public PhotoQuery candidates(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("candidates is " + count + "; expected at least 1");
        }
        return new PhotoQuery(parts, without, condition, OptionalInt.of(count));
    }

    List<Part> parts() {
        return parts;
    }

    List<Object> without() {
        return without;
    }

    /** Returns the condition, empty if there is none. */
    String condition() {
        return condition;
    }

    /** Returns how many candidates the graph finds, empty where that is left to the index. */
    OptionalInt candidates() {
        return candidates;
    }

    private static String words(String text, String advice) {
        if (Objects.requireNonNull(text, "text is null").isBlank()) {
            throw new FoveaException("a text of the query has no word; " + advice);
        }
        return text;
    }
}
