/** Checks what callers pass to a model and what a model answers. */
package dev.fovea.models.check;
