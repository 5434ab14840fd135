package dev.fovea.models.generation;

import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A decoder that remembers keys and values of what it has read: each step computes the new tokens alone, and scores the last of each sequence. */
public final class CachedDecoder implements DecoderSession {

    private final Backend backend;
    private final KeyValueCache cache;
    private final int vocabularySize;
    private final Extension extension;
    private final UnaryOperator<Tensor> head;

    /** The body of a decoder. */
    @FunctionalInterface
    public interface Extension {

        /**
         * Reads the next tokens of a cache's sequences.
         *
         * @param ids the new tokens, sequence after sequence
         * @param positions theirs, as the cache told when it made room
         * @return {@code [new tokens, hidden]}
         */
        Tensor extend(int[] ids, int[] positions, KeyValueCache cache);
    }

    /**
     * A decoder at the beginning.
     *
     * @param cache an empty one
     * @param head {@code [rows, hidden]} to logits {@code [rows, vocabulary]}
     */
    public CachedDecoder(
            Backend backend, KeyValueCache cache, int vocabularySize, Extension extension, UnaryOperator<Tensor> head) {
        this.backend = backend;
        this.cache = cache;
        this.vocabularySize = vocabularySize;
        this.extension = extension;
        this.head = head;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public void advance(int[] parents, int[][] tokens, float[][] logits) {
        int[] lengths = Arrays.stream(tokens).mapToInt(ids -> ids.length).toArray();
        int[] positions = cache.advance(parents, lengths);
        int[] ids = Arrays.stream(tokens).flatMapToInt(Arrays::stream).toArray();
        backend.scoped("", () -> {
            Tensor hidden = extension.extend(ids, positions, cache);
            head.apply(backend.gatherRows(hidden, lastRows(cache.newSegments())))
                    .copyRows(logits);
            return null;
        });
    }

    private static int[] lastRows(Segments segments) {
        int[] rows = new int[segments.count()];
        Arrays.setAll(rows, i -> segments.start(i) + segments.length(i) - 1);
        return rows;
    }
}
