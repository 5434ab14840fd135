package dev.fovea.models.florence;

import dev.fovea.models.Finding;

/**
 * Something that was found, and its position in the generated text. Several findings may share a label.
 *
 * @param finding in pixels of the original picture
 * @param label the characters of the label without white space around it; empty where there is no label
 * @param locations the characters of the location tokens, of all polygons and the separators between them
 */
record Located<F extends Finding>(F finding, Span label, Span locations) {}
