package dev.fovea.models;

import java.util.OptionalDouble;

/** Something that a model found in a picture, in pixels of that picture. */
public sealed interface Finding permits Detection, TextLine, Outline {

    /** Returns what the model calls it, or for a line of text what it says; empty where it gave no name. */
    String label();

    /** Returns how sure the model is, from 0 to 1; empty where it does not say. */
    OptionalDouble score();
}
