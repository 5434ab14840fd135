/** Writes to people: results, messages, progress, and the line that says why something failed. */
package dev.fovea.app.terminal;
