/** Keeps the result file of a run: JSON lines, CSV or NumPy, with the record that lets the same command continue. */
package dev.fovea.app.results;
