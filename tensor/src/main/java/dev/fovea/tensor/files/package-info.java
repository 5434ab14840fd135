/**
 * Makes error lines for files that cannot be read or written, and finds the folder in which Fovea keeps what it would
 * otherwise compute again.
 */
package dev.fovea.tensor.files;
