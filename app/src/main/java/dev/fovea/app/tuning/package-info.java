/** The command that tunes a model, and the folders that it reads. */
package dev.fovea.app.tuning;
