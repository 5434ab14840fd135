/** Checkpoints in other formats and layouts, converted into folders that Fovea and other tools load. */
package dev.fovea.converter;
