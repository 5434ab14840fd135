/** Computes what only gradients need: {@code AttentionGradients} of attention, {@code RowGradients} of all else. */
package dev.fovea.kernels.cpu.gradient;
