/**
 * Differentiates models: {@link dev.fovea.training.tape.Tape} records what a model computes and goes back over it.
 * {@code docs/gradients.md} explains it from one number to a tower.
 */
package dev.fovea.training.tape;
