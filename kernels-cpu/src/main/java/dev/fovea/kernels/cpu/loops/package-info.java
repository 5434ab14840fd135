/**
 * Holds the innermost loops. Read {@code Kernels} first: one method for each loop, with its shapes. {@code
 * PlainKernels} is its definition in plain Java; {@code MachineLoops} calls machine code written by Java, {@code
 * VectorKernels} is fast on other processors, with one class for each kind of loop: {@code Tiles} and {@code LowTiles}
 * for products, {@code TileEnds} for what follows them, {@code VectorPacking}, {@code VectorRows}, {@code
 * VectorActivations}, {@code VectorWinograd}. {@code Simd} knows the vectors, {@code KernelChoice} decides which loops
 * run on this JVM.
 */
package dev.fovea.kernels.cpu.loops;
