/** A small JSON reader for the configuration files and vocabularies of checkpoints, quick in a JVM that has just started. */
package dev.fovea.models.json;
