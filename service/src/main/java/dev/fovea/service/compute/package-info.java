/** Computes what waits together. */
package dev.fovea.service.compute;
