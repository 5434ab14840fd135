/**
 * Wraps another backend to record every intermediate tensor and attention map, or to measure the time of each
 * operation.
 */
package dev.fovea.tensor.observe;
