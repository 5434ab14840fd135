package dev.fovea.studio.runs;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.fovea.studio.checkpoints.DecodedPicture;
import dev.fovea.studio.inside.GenerationTrace;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What a model has written about a picture, and how.
 *
 * @param text the answer, without special tokens
 * @param words with their tokens, by the index in {@code tokens}
 * @param tokens of the best sequence, without the prompt
 * @param boxes what the text locates, in pixels of the picture
 * @param crossAttention sizes of what the decoder looked at, or null where that is not the picture
 * @param written the best sequence, prompt included
 * @param spell how a token is spelled
 * @param decode the text of tokens
 */
record WrittenRun(
        String run,
        String kind,
        String model,
        String picture,
        double seconds,
        String text,
        List<WrittenWord> words,
        List<WrittenToken> tokens,
        List<FoundPlace> boxes,
        List<FoundPlace> quads,
        List<FoundPlace> polygons,
        DecodedPicture crossAttention,
        int beams,
        @JsonIgnore int[] written,
        @JsonIgnore int promptLength,
        @JsonIgnore GenerationTrace trace,
        @JsonIgnore IntFunction<String> spell,
        @JsonIgnore Function<int[], String> decode)
        implements StudioRun {

    /**
     * A word of the answer.
     *
     * @param tokens indices in the list of tokens
     * @param probability product of those of its tokens
     */
    record WrittenWord(String text, List<Integer> tokens, double probability) {}

    /**
     * A token of the answer.
     *
     * @param probability after the tokens before it
     * @param rank its place among those that could follow the same tokens, from 1 on; 0 if it is not known
     * @param top the best of those
     */
    record WrittenToken(int id, String text, double probability, int rank, List<OtherToken> top) {}

    /** A token that could have been written. */
    record OtherToken(int id, String text, double probability) {}

    /**
     * Something that the text locates.
     *
     * @param box x1, y1, x2, y2, or null
     * @param quad x1, y1, ... x4, y4, or null
     * @param polygons each x, y, x, y, ..., or null
     * @param score geometric mean of the probabilities of its tokens, or null
     * @param tokens indices of its location tokens in the list of tokens; empty where they cannot be told apart
     */
    record FoundPlace(
            String label,
            List<Integer> box,
            List<Integer> quad,
            List<List<Integer>> polygons,
            Double score,
            List<Integer> tokens) {}

    @Override
    @JsonIgnore
    public long bytes() {
        return 10_000 + trace.bytes();
    }
}
