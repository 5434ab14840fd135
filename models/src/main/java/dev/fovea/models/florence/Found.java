package dev.fovea.models.florence;

import dev.fovea.models.Finding;
import java.util.OptionalDouble;

/** Something that Florence-2 found in a picture. */
public sealed interface Found permits FoundBox, FoundQuad, FoundPolygons {

    /** What the model calls it; empty where it gave no name. */
    String label();

    /** Where it stands in the generated text. */
    Source source();

    /** How sure the model was, see {@link TokenScores}; absent if the probabilities of the tokens are not known. */
    OptionalDouble score();

    /** Returns it without its place in the generated text. */
    Finding finding();
}
