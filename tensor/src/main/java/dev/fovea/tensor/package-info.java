/**
 * Defines the contract between models and what computes them: {@link dev.fovea.tensor.Tensor}, {@link
 * dev.fovea.tensor.Weight} and the operations of {@link dev.fovea.tensor.Backend}, opened by {@link
 * dev.fovea.tensor.Backends}.
 *
 * <p>Read {@code Tensor}, {@code Segments}, {@code Fusion} and {@code Backend}, in this order. {@code
 * dev.fovea.tensor.reference} then defines each operation in plain loops.
 */
package dev.fovea.tensor;
