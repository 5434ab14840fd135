/** Files that are written in one step. */
package dev.fovea.app.files;
