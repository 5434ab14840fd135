/** Models on a {@link dev.fovea.training.tape.Tape}: what they make, as tensors that gradients go back from. */
package dev.fovea.training.network;
