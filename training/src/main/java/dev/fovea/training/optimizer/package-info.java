/** Changes parameters by their gradients, as torch's optimisers do. */
package dev.fovea.training.optimizer;
