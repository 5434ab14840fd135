/** Describes tensors in mapped files as every format of checkpoints has them: a storage seen through strides. */
package dev.fovea.converter.views;
