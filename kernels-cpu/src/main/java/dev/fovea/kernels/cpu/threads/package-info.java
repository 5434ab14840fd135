/**
 * Runs the parts of an operation on all cores: {@code Workers} owns the threads, {@code RowPieces} cuts rows into
 * parts.
 */
package dev.fovea.kernels.cpu.threads;
