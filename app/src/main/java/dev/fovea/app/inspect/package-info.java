/** Compares a checkpoint with what its architecture needs. */
package dev.fovea.app.inspect;
