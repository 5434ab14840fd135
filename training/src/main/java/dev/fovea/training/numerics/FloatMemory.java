package dev.fovea.training.numerics;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Holds floats outside the heap, where a large array takes what it is long: the collector rounds one up to whole
 * regions, which is a third more for the matrices of a ViT-B/32, and lets the heap grow beside it.
 */
public final class FloatMemory {

    private final MemorySegment floats;
    private final int length;

    private FloatMemory(int length) {
        this.length = length;
        floats = HostMemory.allocate(Math.max(1, (long) length * Float.BYTES));
    }

    /** Returns zeros. */
    public static FloatMemory zeros(int length) {
        FloatMemory made = new FloatMemory(length);
        made.floats.fill((byte) 0);
        return made;
    }

    /** Returns a copy of an array. */
    public static FloatMemory of(float[] values) {
        FloatMemory made = new FloatMemory(values.length);
        made.write(values);
        return made;
    }

    /** Returns one of them. */
    public float get(int index) {
        return floats.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    /** Sets one of them. */
    public void set(int index, float value) {
        floats.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
    }

    /** Copies an array of this length here. */
    public void write(float[] values) {
        MemorySegment.copy(values, 0, floats, ValueLayout.JAVA_FLOAT, 0, length);
    }

    /** Copies all to an array of this length. */
    public void read(float[] values) {
        MemorySegment.copy(floats, ValueLayout.JAVA_FLOAT, 0, values, 0, length);
    }

    /** Returns them as a weight, without a copy. */
    public WeightData data(String name, Shape shape) {
        MemorySegment exact = floats.asSlice(0, (long) length * Float.BYTES);
        return new WeightData(name, DType.F32, shape, exact.asReadOnly(), "training");
    }
}
