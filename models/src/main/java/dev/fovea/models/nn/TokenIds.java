package dev.fovea.models.nn;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.util.Arrays;

/** Token ids before a model looks them up. */
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
     * Makes sure that a model knows all ids.
     *
     * @param what they are of, for the error: "the prompt"
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
