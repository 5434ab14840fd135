/** Keeps pictures, their vectors and their fields in Lucene, and finds the nearest vectors. */
package dev.fovea.search.store;
