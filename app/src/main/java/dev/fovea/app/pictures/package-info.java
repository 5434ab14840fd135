/** Runs a command over its pictures: finds files, reads them, says or writes the answers, goes on after failures. */
package dev.fovea.app.pictures;
