/** Runs of models, one at a time, and what is kept of them. */
package dev.fovea.studio.runs;
