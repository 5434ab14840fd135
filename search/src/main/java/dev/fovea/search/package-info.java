/**
 * Keeps an index of pictures on disk: {@link dev.fovea.search.PhotoIndex} updates and searches it, {@link
 * dev.fovea.search.PhotoQuery} says what is looked for.
 */
package dev.fovea.search;
