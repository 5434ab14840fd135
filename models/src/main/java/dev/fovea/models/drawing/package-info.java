/** Pictures with what was found in them drawn on: outlines, and tags with labels. Java2D without a screen. */
package dev.fovea.models.drawing;
