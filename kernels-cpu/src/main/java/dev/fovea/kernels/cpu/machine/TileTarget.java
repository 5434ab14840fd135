package dev.fovea.kernels.cpu.machine;

/**
 * Says where the results of tiles go. Whole panels of columns are read and written.
 *
 * @param out address of the first row, which is prefetched
 * @param stride bytes from one row to the next
 * @param added address of the first row of what is added to the results, or 0
 * @param addedStride bytes from one of its rows to the next
 * @param isStored whether the results are put there at once; otherwise those of one tile are left end to end where the
 *     caller says, who has more to do with them
 */
public record TileTarget(long out, long stride, long added, long addedStride, boolean isStored) {}
