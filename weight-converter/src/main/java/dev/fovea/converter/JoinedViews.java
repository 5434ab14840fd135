package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Joins views, one below the other, into one tensor: {@code [rows, ...]} with the rows of all of them.
 *
 * @param parts of the same dtype and of the same extents but for the outermost
 */
record JoinedViews(List<TensorView> parts) {

    DType dtype() {
        return parts.getFirst().dtype();
    }

    String file() {
        return parts.getFirst().file();
    }

    Shape shape() {
        if (parts.size() == 1) {
            return parts.getFirst().shape();
        }
        long[] extents = parts.getFirst().shape().extents();
        extents[0] = parts.stream().mapToLong(part -> part.shape().extent(0)).sum();
        return new Shape(extents);
    }

    /**
     * Copies a run of elements in row-major order, as they are stored.
     *
     * @param start index of the first element
     * @param target receives as many elements as fit into it
     */
    void copyTo(long start, MemorySegment target) {
        int bytes = dtype().bytes();
        forEachPart(
                start,
                target.byteSize() / bytes,
                (part, from, count, at) -> part.copyTo(from, target.asSlice(at * bytes, count * bytes)));
    }

    /** Tells the system that a run of elements was read and is not needed soon. */
    void release(long start, long count) {
        forEachPart(start, count, (part, from, some, at) -> part.release(from, some));
    }

    /** Takes some of a part's elements, and their index in the run. */
    private interface Run {
        void accept(TensorView part, long from, long count, long at);
    }

    private void forEachPart(long start, long count, Run run) {
        long done = 0;
        long first = 0;
        for (TensorView part : parts) {
            long elements = part.shape().elements();
            long from = Math.max(0, start - first);
            long some = Math.min(elements - from, count - done);
            if (some > 0) {
                run.accept(part, from, some, done);
                done += some;
            }
            first += elements;
        }
    }

    /** Returns a run of elements, in row-major order, as floats; of a floating dtype only. */
    float[] floats(String name, long start, int count) {
        MemorySegment raw = MemorySegment.ofArray(new byte[count * dtype().bytes()]);
        copyTo(start, raw);
        return new WeightData(name, dtype(), Shape.of(count), raw, file()).toFloats();
    }
}
