/** Writes files in one step. */
package dev.fovea.models.files;
