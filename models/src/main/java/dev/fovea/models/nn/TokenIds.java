package dev.fovea.models.nn;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.util.Arrays;

/** Joins and checks token ids before a model reads their embeddings. */
public final class TokenIds {
    private TokenIds() {}

    /** Lays the token ids of some texts end to end. */
    public static int[] joined(int[][] texts) {
        return Arrays.stream(texts).flatMapToInt(Arrays::stream).toArray();
    }

    /** Returns the length of each text. */
    public static int[] lengths(int[][] texts) {
        return Arrays.stream(texts).mapToInt(ids -> ids.length).toArray();
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
