package dev.fovea.models;

import java.util.OptionalDouble;

/** Something that a model found in a picture, in pixels of that picture. */
public sealed interface Finding permits Detection, TextLine, Outline {

    /** Returns the model's name for the object, or the text of a line of text; empty where the model gave no name. */
    String label();

    /** Returns the confidence of the model, from 0 to 1; empty where the model gives none. */
    OptionalDouble score();
}
