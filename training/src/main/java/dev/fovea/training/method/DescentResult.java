package dev.fovea.training.method;

/**
 * Holds what a descent ended with.
 *
 * @param result the best state
 * @param diverged whether the loss ran away, so that the descent was stopped
 * @param steps that were taken
 */
public record DescentResult<T>(T result, boolean diverged, int steps) {}
