/** Reads noisy picture-text pairs and keeps the clean ones, line by line. */
package dev.fovea.app.bootstrap;
