/**
 * Computes linear layers. Read {@code Gemm} (who multiplies what), {@code PanelProduct} (one thread's part of it) and
 * {@code Epilogue} (what follows the sums); {@code MachineGemm} does all three on machine code. {@code LinearPacker}
 * makes the weights, {@code PackedLinear} or {@code MachineLinear}.
 */
package dev.fovea.kernels.cpu.gemm;
