/** Losses and their gradients, in double precision: they read what towers have made, and are small beside them. */
package dev.fovea.training.loss;
