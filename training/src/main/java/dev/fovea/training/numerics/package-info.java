/** Products of matrices, losses and optimisers in double precision, with the same bits at any number of threads. */
package dev.fovea.training.numerics;
