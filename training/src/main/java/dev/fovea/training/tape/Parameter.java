package dev.fovea.training.tape;

import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.training.numerics.FloatMemory;
import java.util.function.Consumer;

/**
 * A tensor of numbers that training changes, with its gradient. Both are f32 outside the heap: an optimiser changes the
 * values, and {@link Tape#refresh} brings them to where the model computes with them.
 */
public final class Parameter {

    private final String name;
    private final Shape shape;
    private final Consumer<FloatMemory> first;
    private final FloatMemory values;
    private final FloatMemory gradient;

    /**
     * Creates a parameter.
     *
     * @param name in the checkpoint, or the one that it is saved by
     * @param values in row-major order, as many as the shape says; copied, and not changed any more
     */
    public Parameter(String name, Shape shape, float[] values) {
        if (values.length != shape.elements()) {
            throw new IllegalArgumentException(name + ": " + values.length + " numbers for " + shape);
        }
        this(name, shape, FloatMemory.of(values), memory -> memory.write(values));
    }

    private Parameter(String name, Shape shape, FloatMemory values, Consumer<FloatMemory> first) {
        this.name = name;
        this.shape = shape;
        this.values = values;
        this.first = first;
        gradient = FloatMemory.zeros(values.length());
    }

    /** Starts from a weight of a checkpoint, widened to f32. The checkpoint stays open while it is trained. */
    public static Parameter of(WeightData data) {
        return new Parameter(data.name(), data.shape(), FloatMemory.of(data), memory -> memory.write(data));
    }

    /** Returns the name. */
    public String name() {
        return name;
    }

    /** Returns the extents, outermost first. */
    public Shape shape() {
        return shape;
    }

    /** Returns the values themselves, in row-major order. */
    public FloatMemory values() {
        return values;
    }

    /** Sets the values to those that they were made with. */
    public void reset() {
        first.accept(values);
    }

    /** Returns the gradient itself: the sum of what was added since {@link #clearGradient}. */
    public FloatMemory gradient() {
        return gradient;
    }

    /** Sets the gradient to zero. */
    public void clearGradient() {
        gradient.clear();
    }

    /** Returns the values as a weight, without a copy. */
    public WeightData data() {
        return values.data(name, shape);
    }

    @Override
    public String toString() {
        return name + " " + shape;
    }
}
