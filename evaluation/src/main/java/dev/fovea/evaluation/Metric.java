package dev.fovea.evaluation;

import dev.fovea.evaluation.metrics.Interval;
import java.util.Objects;
import java.util.Optional;

/**
 * Holds a measured value.
 *
 * @param name such as {@code top1} or {@code text_to_image_recall@5}
 * @param value as its definition has it, shares from 0 to 1
 * @param interval its 95% interval, where there is one
 */
public record Metric(String name, double value, Optional<Interval> interval) {

    /** Checks that nothing is null. */
    public Metric {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(interval, "interval is null");
    }
}
