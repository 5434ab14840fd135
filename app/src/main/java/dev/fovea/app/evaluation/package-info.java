/** The commands below {@code evaluate}: each reads a data set, lets a model answer, and says what came out. */
package dev.fovea.app.evaluation;
