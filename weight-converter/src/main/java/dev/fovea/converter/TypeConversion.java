package dev.fovea.converter;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.tensor.safetensors.Text;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Stores tensors in the type that was asked for, piece by piece. What is narrowed and why:
 * docs/converting-checkpoints.md.
 *
 * <ul>
 *   <li>f32: every floating tensor.
 *   <li>f16, bf16: every floating tensor of two or more axes. Vectors and scalars (norms, biases, the logit scale) keep
 *       their type: they are some thousandths of the bytes, and the first to suffer.
 *   <li>int8: matrices of linear layers, {@link QuantizedMatrix#GROUP} inputs to a scale; tables that are looked up,
 *       kernels of convolutions and other tensors of several axes in f16 or, if that is what they have, bf16.
 * </ul>
 */
final class TypeConversion {

    /**
     * Inputs of the widest matrix that is stored in eight bits, whose rows are quantised whole; no model's layer has
     * more.
     */
    private static final int MOST_INPUTS = 1 << 16;

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final DType asked;
    private final LongConsumer progress;
    private final List<PrecisionLoss> losses = new ArrayList<>();

    /**
     * Prepares a conversion.
     *
     * @param asked F32, F16, BF16, I8, or null for as stored
     * @param progress gets the bytes that were read of the source
     */
    TypeConversion(DType asked, LongConsumer progress) {
        this.asked = asked;
        this.progress = progress;
    }

    /** Returns the type that was asked for, null for as stored. */
    DType asked() {
        return asked;
    }

    /** Returns what was lost so far, in the order of writing. */
    List<PrecisionLoss> losses() {
        return losses;
    }

    /** Returns the type in which a tensor will be stored. */
    DType of(String name, DType stored, Shape shape) {
        if (asked == null || !stored.isFloating()) {
            return stored;
        }
        boolean vector = shape.rank() < 2;
        return switch (asked) {
            case F32 -> DType.F32;
            case I8 -> {
                DType half = stored == DType.BF16 ? DType.BF16 : DType.F16;
                yield vector ? stored : isLinear(name, shape) ? DType.I8 : half;
            }
            default -> vector ? stored : asked;
        };
    }

    /** Returns whether any tensor will be stored in another type than it is. */
    boolean changes(Map<String, JoinedViews> tensors) {
        return tensors.entrySet().stream()
                .anyMatch(tensor -> of(
                                tensor.getKey(),
                                tensor.getValue().dtype(),
                                tensor.getValue().shape())
                        != tensor.getValue().dtype());
    }

    /**
     * Returns whether a tensor is a matrix that a linear layer multiplies by; tables of words and of positions have the
     * same shape, but rows are looked up in them.
     */
    private static boolean isLinear(String name, Shape shape) {
        return shape.rank() == 2
                && shape.extent(1) <= MOST_INPUTS
                && name.endsWith(".weight")
                && !name.contains("embed")
                && !name.endsWith("shared.weight");
    }

    /** Adds a tensor to a file in the type asked for. */
    void add(SafetensorsWriter writer, String name, JoinedViews tensor) {
        Shape shape = tensor.shape();
        DType to = of(name, tensor.dtype(), shape);
        if (to == tensor.dtype()) {
            writer.add(name, to, shape, (from, piece) -> {
                tensor.copyTo(from / to.bytes(), piece);
                wasRead(tensor, from / to.bytes(), piece.byteSize() / to.bytes());
            });
        } else if (to == DType.I8) {
            Shape scales = Shape.of(shape.extent(0), QuantizedMatrix.groups(shape.extent(1)));
            writer.add(
                    name + TensorEntry.SCALES,
                    DType.F32,
                    scales,
                    (from, piece) -> fillScales(name, tensor, from, piece));
            writer.add(
                    name,
                    to,
                    shape,
                    summing(name, tensor, to, (sum, from, piece) -> fillBytes(name, tensor, sum, from, piece)));
        } else {
            writer.add(
                    name,
                    to,
                    shape,
                    summing(name, tensor, to, (sum, from, piece) -> narrow(name, tensor, to, sum, from, piece)));
        }
    }

    /** Fills a piece and adds up what it lost. */
    private interface Filling {
        void fill(PrecisionLoss.Sum sum, long from, MemorySegment piece);
    }

    private SafetensorsWriter.Pieces summing(String name, JoinedViews tensor, DType to, Filling filling) {
        PrecisionLoss.Sum sum = new PrecisionLoss.Sum();
        long bytes = tensor.shape().elements() * to.bytes();
        return (from, piece) -> {
            filling.fill(sum, from, piece);
            wasRead(tensor, from / to.bytes(), piece.byteSize() / to.bytes());
            if (from + piece.byteSize() == bytes) {
                losses.add(sum.of(name, tensor.dtype(), to, tensor.shape()));
            }
        };
    }

    private void wasRead(JoinedViews tensor, long start, long count) {
        tensor.release(start, count);
        progress.accept(count * tensor.dtype().bytes());
    }

    private static void narrow(
            String name, JoinedViews tensor, DType to, PrecisionLoss.Sum sum, long from, MemorySegment piece) {
        int count = (int) (piece.byteSize() / to.bytes());
        float[] values = tensor.floats(name, from / to.bytes(), count);
        float[] stored = new float[count];
        switch (to) {
            case F16 -> {
                HalfFloats.narrowFloat16(values, 0, count, piece, 0);
                HalfFloats.widenFloat16(piece, 0, stored, 0, count);
            }
            case BF16 -> {
                HalfFloats.narrowBfloat16(values, 0, count, piece, 0);
                HalfFloats.widenBfloat16(piece, 0, stored, 0, count);
            }
            case F32 -> {
                MemorySegment.copy(values, 0, piece, FLOAT, 0, count);
                System.arraycopy(values, 0, stored, 0, count);
            }
            default -> throw new IllegalArgumentException("weights cannot be stored as " + to);
        }
        for (int i = 0; i < count; i++) {
            if (Float.isInfinite(stored[i]) && Float.isFinite(values[i])) {
                throw new ModelException(tensor.file() + ": tensor " + Text.quote(name) + " holds " + values[i]
                        + ", too large for " + to + "; convert to bf16 instead");
            }
            sum.add(values[i], stored[i]);
        }
    }

    private static void fillBytes(
            String name, JoinedViews tensor, PrecisionLoss.Sum sum, long from, MemorySegment piece) {
        int columns = Math.toIntExact(tensor.shape().extent(1));
        long end = from + piece.byteSize();
        for (long row = from / columns; row * columns < end; row++) {
            float[] values = finite(name, tensor, row, columns);
            QuantizedMatrix quantized = QuantizedMatrix.of(values, 1, columns);
            float[] stored = quantized.toFloats();
            int first = (int) Math.max(0, from - row * columns);
            int last = (int) Math.min(columns, end - row * columns);
            MemorySegment.copy(
                    quantized.values(),
                    first,
                    piece,
                    ValueLayout.JAVA_BYTE,
                    row * columns + first - from,
                    last - first);
            for (int i = first; i < last; i++) {
                sum.add(values[i], stored[i]);
            }
        }
    }

    private static void fillScales(String name, JoinedViews tensor, long from, MemorySegment piece) {
        int columns = Math.toIntExact(tensor.shape().extent(1));
        int groups = QuantizedMatrix.groups(columns);
        long start = from / Float.BYTES;
        long end = start + piece.byteSize() / Float.BYTES;
        for (long row = start / groups; row * groups < end; row++) {
            float[] scales = QuantizedMatrix.of(finite(name, tensor, row, columns), 1, columns)
                    .scales();
            int first = (int) Math.max(0, start - row * groups);
            int last = (int) Math.min(groups, end - row * groups);
            MemorySegment.copy(scales, first, piece, FLOAT, (row * groups + first - start) * Float.BYTES, last - first);
        }
        tensor.release(start / groups * columns, (end - start) / groups * columns);
    }

    /** Reads a row of a matrix and refuses infinities, which eight bits cannot hold. */
    private static float[] finite(String name, JoinedViews tensor, long row, int columns) {
        float[] values = tensor.floats(name, row * columns, columns);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new ModelException(tensor.file() + ": tensor " + Text.quote(name) + " holds " + value
                        + ", which has no place in int8; is the checkpoint broken?");
            }
        }
        return values;
    }
}
