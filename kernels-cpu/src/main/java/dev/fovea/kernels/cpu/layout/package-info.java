/**
 * Says how matrices lie while they are multiplied. Read {@code PackedMatrix} (weights in panels), {@code PackedTile}
 * (rows of the left operand), {@code Tiling} and {@code TileHeights} (how rows are cut into tiles), then {@code
 * MachineMatrix} (panels for machine code).
 */
package dev.fovea.kernels.cpu.layout;
