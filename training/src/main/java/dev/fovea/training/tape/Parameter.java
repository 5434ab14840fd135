package dev.fovea.training.tape;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor of numbers that training changes, with its gradient. Both lie on the heap in f32: an optimiser changes the
 * values, and {@link Tape#refresh} brings them to where the model computes with them.
 */
public final class Parameter {

    private final String name;
    private final Shape shape;
    private final float[] values;
    private final float[] gradient;

    /**
     * Creates a parameter.
     *
     * @param name in the checkpoint, or the one that it is saved by
     * @param values in row-major order, as many as the shape says; they are not copied
     */
    public Parameter(String name, Shape shape, float[] values) {
        if (values.length != shape.elements()) {
            throw new IllegalArgumentException(name + ": " + values.length + " numbers for " + shape);
        }
        this.name = name;
        this.shape = shape;
        this.values = values;
        this.gradient = new float[values.length];
    }

    /** Starts from a weight of a checkpoint, widened to f32. */
    public static Parameter of(WeightData data) {
        return new Parameter(data.name(), data.shape(), data.toFloats());
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
    public float[] values() {
        return values;
    }

    /** Returns the gradient itself: the sum of what was added since {@link #clearGradient}. */
    public float[] gradient() {
        return gradient;
    }

    /** Sets the gradient to zero. */
    public void clearGradient() {
        Arrays.fill(gradient, 0);
    }

    /** Returns the values as a weight, without a copy. */
    public WeightData data() {
        return new WeightData(
                name, DType.F32, shape, MemorySegment.ofArray(values).asReadOnly(), "training");
    }

    @Override
    public String toString() {
        return name + " " + shape;
    }
}
