package dev.fovea.converter;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.Objects;

/**
 * Describes what a tensor lost when it was stored in fewer bits.
 *
 * @param name its name in the new checkpoint
 * @param from how it was stored
 * @param to how it is stored now
 * @param shape its extents
 * @param relativeError root of the sum of squared differences over the root of the sum of squares
 * @param largestError largest difference over largest magnitude
 */
public record PrecisionLoss(String name, DType from, DType to, Shape shape, double relativeError, double largestError) {

    /** Checks that nothing is missing. */
    public PrecisionLoss {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(from, "from is null");
        Objects.requireNonNull(to, "to is null");
        Objects.requireNonNull(shape, "shape is null");
    }

    /** Adds up differences. */
    static final class Sum {
        private double squares;
        private double differences;
        private double largest;
        private double largestDifference;

        void add(float before, float after) {
            double difference = (double) before - after;
            squares += (double) before * before;
            differences += difference * difference;
            largest = Math.max(largest, Math.abs(before));
            largestDifference = Math.max(largestDifference, Math.abs(difference));
        }

        PrecisionLoss of(String name, DType from, DType to, Shape shape) {
            return new PrecisionLoss(name, from, to, shape, relativeError(), largestError());
        }

        double relativeError() {
            return differences == 0 ? 0 : Math.sqrt(differences / squares);
        }

        double largestError() {
            return largestDifference == 0 ? 0 : largestDifference / largest;
        }
    }
}
