/** Draws findings onto pictures: outlines, and tags with labels. It uses Java2D without a screen. */
package dev.fovea.models.drawing;
