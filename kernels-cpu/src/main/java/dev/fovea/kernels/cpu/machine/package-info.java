/**
 * Writes and runs machine code. Read {@code MachineKernels}, the innermost loops that other packages call, and {@code
 * GroupLayout}, which says how their operands lie. {@code ProductCode} loads what {@code TileCode}, {@code RowCode} and
 * {@code PanelCode} write with an {@code Assembler}; {@code LoopFunctions} and {@code TileFunctions} do the
 * same for loops in f32. {@code Processor} and {@code InstructionSet} know what this
 * machine can run, {@code ExecutableMemory} and {@code Convention} how Java calls it.
 */
package dev.fovea.kernels.cpu.machine;
