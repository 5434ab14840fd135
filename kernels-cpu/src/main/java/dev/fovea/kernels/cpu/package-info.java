/**
 * Implements {@link dev.fovea.tensor.Backend} on the processor's vector units. {@code CpuBackendProvider} is what
 * {@code ServiceLoader} finds; {@code CpuBackend} checks operands, allocates results and hands each operation to a
 * package:
 *
 * <ul>
 *   <li>{@code attention}, {@code convolution}, {@code gemm}: who computes what, in which order, on which thread
 *   <li>{@code loops}: the innermost loops, on the Vector API and in plain Java
 *   <li>{@code layout}: how weights and rows lie while they are multiplied
 *   <li>{@code machine}: an assembler, and the innermost loops of products in machine code
 *   <li>{@code threads}, {@code memory}: worker threads, memory by address
 * </ul>
 *
 * <p>Each package uses only those below it. Read {@code CpuBackend.linear}, {@code gemm.Gemm}, {@code
 * gemm.PanelProduct}, {@code loops.Kernels} and {@code loops.Tiles}, in this order: the path of a linear layer from the
 * operation to the instruction.
 */
package dev.fovea.kernels.cpu;
