/** Converts checkpoints in other formats and layouts into folders that Fovea and other tools load. */
package dev.fovea.converter;
