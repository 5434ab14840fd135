/**
 * Turns picture files into the numbers that a model reads: {@link dev.fovea.models.image.Picture} decodes, {@link
 * dev.fovea.models.image.Preprocessing} resizes, crops and normalises.
 */
package dev.fovea.models.image;
