/**
 * Computes convolutions and pooling. Read {@code Convolutions}, which chooses a way: {@code Patches} for a matrix
 * product, {@code Winograd} with its {@code Squares} for 3 x 3 kernels, or {@code Depthwise} in place. {@code
 * ConvolutionPacker} makes the weights, {@code CpuConvolution}.
 */
package dev.fovea.kernels.cpu.convolution;
