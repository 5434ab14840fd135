/**
 * Runs a command over its pictures: finds files, reads them, prints or writes the answers, continues after failures.
 */
package dev.fovea.app.pictures;
