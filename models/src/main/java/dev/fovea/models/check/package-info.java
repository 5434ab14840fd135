/** Checks the arguments that callers pass to a model and the answers that a model gives. */
package dev.fovea.models.check;
