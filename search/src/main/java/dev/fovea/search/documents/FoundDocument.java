package dev.fovea.search.documents;

/**
 * A document that a search has found.
 *
 * @param document with a vector of length 1
 * @param cosine of the angle to the query, -1 to 1
 */
public record FoundDocument(IndexedDocument document, float cosine) {}
