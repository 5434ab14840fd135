package dev.fovea.tensor;

/**
 * The largest elements of every row, largest first, the first of equals first; NaN counts as the largest.
 *
 * @param indices {@code [rows][k]} columns
 * @param values {@code [rows][k]} the elements there
 */
public record TopK(int[][] indices, float[][] values) {}
