/** Files that are written in one step. */
package dev.fovea.models.files;
