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

    /** Numbers of a weight that are on the heap at a time while it is copied. */
    private static final int PIECE = 1 << 16;

    private final MemorySegment floats;
    private final int length;

    private FloatMemory(int length) {
        this.length = length;
        floats = HostMemory.allocate(Math.max(1, (long) length * Float.BYTES));
    }

    /** Returns zeros. */
    public static FloatMemory zeros(int length) {
        FloatMemory made = new FloatMemory(length);
        made.clear();
        return made;
    }

    /** Returns how many there are. */
    public int length() {
        return length;
    }

    /** Returns a copy of an array. */
    public static FloatMemory of(float[] values) {
        FloatMemory made = new FloatMemory(values.length);
        made.write(values);
        return made;
    }

    /** Returns a copy of a weight, widened to f32. */
    public static FloatMemory of(WeightData weight) {
        FloatMemory made = new FloatMemory(Math.toIntExact(weight.shape().elements()));
        made.write(weight);
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

    /** Adds to one of them. */
    public void add(int index, float value) {
        set(index, get(index) + value);
    }

    /** Adds a multiple of each number of an array, from a place on. */
    public void add(int from, float factor, float[] values) {
        for (int i = 0; i < values.length; i++) {
            add(from + i, factor * values[i]);
        }
    }

    /** Sets all to zero. */
    public void clear() {
        floats.fill((byte) 0);
    }

    /** Returns whether others are the same, bit by bit. */
    public boolean isEqual(FloatMemory other) {
        return length == other.length && exact().mismatch(other.exact()) < 0;
    }

    /** Copies a weight of as many numbers, widened to f32; pages of its file leave memory again. */
    public void write(WeightData weight) {
        float[] piece = new float[Math.min(PIECE, length)];
        for (int from = 0; from < length; from += PIECE) {
            int count = Math.min(PIECE, length - from);
            weight.copyTo(from, piece, 0, count);
            MemorySegment.copy(piece, 0, floats, ValueLayout.JAVA_FLOAT, (long) from * Float.BYTES, count);
        }
        HostMemory.dropPages(weight.data());
    }

    /** Copies others, as many. */
    public void write(FloatMemory other) {
        exact().copyFrom(other.exact());
    }

    /** Copies an array of this length here. */
    public void write(float[] values) {
        MemorySegment.copy(values, 0, floats, ValueLayout.JAVA_FLOAT, 0, length);
    }

    /** Copies as many as an array holds to it, from a place on. */
    public void read(int from, float[] target) {
        MemorySegment.copy(floats, ValueLayout.JAVA_FLOAT, (long) from * Float.BYTES, target, 0, target.length);
    }

    /** Returns a copy on the heap. */
    public float[] toArray() {
        float[] values = new float[length];
        read(0, values);
        return values;
    }

    /** Memory has at least one place, even of nothing. */
    private MemorySegment exact() {
        return floats.asSlice(0, (long) length * Float.BYTES);
    }

    /** Returns them as a weight, without a copy. */
    public WeightData data(String name, Shape shape) {
        return new WeightData(name, DType.F32, shape, exact().asReadOnly(), "training");
    }
}
