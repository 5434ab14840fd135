package dev.fovea.models.florence;

/**
 * The position of something that was found in the generated text. Several boxes may share a label.
 *
 * @param label the characters of the label without white space around it; empty where there is no label
 * @param locations the characters of the location tokens, of all polygons and the separators between them
 */
public record Source(Span label, Span locations) {}
