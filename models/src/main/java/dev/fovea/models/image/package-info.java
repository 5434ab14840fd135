/**
 * Picture files to the numbers a model reads: {@link dev.fovea.models.image.Picture} decodes, {@link
 * dev.fovea.models.image.Preprocessing} resizes, crops and normalises.
 */
package dev.fovea.models.image;
