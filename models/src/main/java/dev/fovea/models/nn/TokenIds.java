package dev.fovea.models.nn;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Segments;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Joins and checks token ids before a model reads their embeddings. */
public final class TokenIds {
    private TokenIds() {}

    /** Lays the token ids of some texts end to end. */
    public static int[] joined(List<int[]> texts) {
        return texts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** Returns the length of each text. */
    public static int[] lengths(List<int[]> texts) {
        return texts.stream().mapToInt(ids -> ids.length).toArray();
    }

    /** Returns where each text lies when they are laid end to end. */
    public static Segments segments(List<int[]> texts) {
        return Segments.ofLengths(lengths(texts));
    }

    /** Returns the position of each token in its text, from 0 on, text after text. */
    public static int[] positions(List<int[]> texts) {
        return texts.stream()
                .flatMapToInt(ids -> IntStream.range(0, ids.length))
                .toArray();
    }

    /**
     * Checks that a model knows all ids.
     *
     * @param what names the text for the error, such as "the prompt"
     * @return the ids
     * @throws FoveaException if one is not below the size of the vocabulary
     */
    public static int[] requireKnown(int[] ids, int vocabularySize, String what) {
        for (int id : Arguments.present(ids, what)) {
            if (id < 0 || id >= vocabularySize) {
                throw new ModelException("token " + id + " of " + what + " is unknown to this model; expected 0 to "
                        + (vocabularySize - 1) + ", does the tokenizer belong to it?");
            }
        }
        return ids;
    }
}
