/**
 * Reads and writes JSON: headers of weights, configuration files, vocabularies, answers of a hub. A general library
 * takes longer to load its classes in a fresh JVM than this takes to read any of them.
 */
package dev.fovea.tensor.json;
