/** Counts and times, for Prometheus. */
package dev.fovea.service.metrics;
