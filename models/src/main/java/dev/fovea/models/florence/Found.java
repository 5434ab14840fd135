package dev.fovea.models.florence;

import dev.fovea.models.Finding;
import java.util.OptionalDouble;

/** Something that Florence-2 found in a picture. */
public sealed interface Found permits FoundBox, FoundQuad, FoundPolygons {

    /** Returns the model's name for it; empty where the model gave no name. */
    String label();

    /** Returns its position in the generated text. */
    Source source();

    /**
     * Returns the confidence of the model, see {@link TokenScores}; absent if the probabilities of the tokens are not
     * known.
     */
    OptionalDouble score();

    /** Returns it without its position in the generated text. */
    Finding finding();
}
