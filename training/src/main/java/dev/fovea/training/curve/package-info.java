/** Draws how a training went, without the machine's fonts. */
package dev.fovea.training.curve;
