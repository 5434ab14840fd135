/** Computes attention: {@code Attention} among the rows of a sequence, {@code ChannelAttention} among channels. */
package dev.fovea.kernels.cpu.attention;
