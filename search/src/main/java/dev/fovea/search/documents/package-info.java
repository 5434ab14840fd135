/**
 * Keeps texts, or anything that has a vector and metadata, in Lucene: what the vector stores of other frameworks are
 * built on.
 */
package dev.fovea.search.documents;
