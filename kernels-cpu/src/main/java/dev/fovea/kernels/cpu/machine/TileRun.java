package dev.fovea.kernels.cpu.machine;

/**
 * Names packed tiles of one height that are multiplied one after the other. Their rows follow one another in what they
 * are rows of.
 *
 * @param address where the first one is
 * @param stride bytes from one to the next
 * @param rows of each, at least one
 * @param tiles at least one
 */
public record TileRun(long address, long stride, int rows, int tiles) {}
