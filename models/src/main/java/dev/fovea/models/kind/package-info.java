/** Tells which model loads a checkpoint. */
package dev.fovea.models.kind;
