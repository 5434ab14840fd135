package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Describes one tensor of a safetensors file: what the header says about it, and its bytes.
 *
 * @param name name in the file
 * @param type dtype as the file spells it, such as {@code F32} or {@code F8_E4M3}
 * @param shape extents, outermost first
 * @param data the bytes in the mapped file: row-major, little-endian, read-only, not necessarily aligned
 * @param file path of the file, for messages
 */
public record TensorEntry(String name, String type, Shape shape, MemorySegment data, String file) {

    /**
     * What follows the name of an {@code I8} matrix in the name of its scales, {@code F32 [rows, groups]}; see {@link
     * QuantizedMatrix}.
     */
    public static final String SCALES = "_scale";

    /**
     * Returns whether a name is that of the scales of a linear layer's matrix, {@code layer.weight_scale}; others end
     * alike.
     */
    public static boolean isScales(String name) {
        return name.endsWith(".weight" + SCALES);
    }

    /**
     * Returns the number format; empty for formats that can be read but not computed with (8-bit floats, complex
     * numbers, ...).
     */
    public Optional<DType> dtype() {
        StoredType stored = StoredType.named(type);
        return stored == null ? Optional.empty() : Optional.ofNullable(stored.dtype());
    }

    /** Returns whether {@link #weight()} can read it: floats of 16 bits and more, and two kinds of eight bits. */
    public boolean isWeight() {
        return EightBitFloats.is(type) || dtype().filter(DType::isFloating).isPresent();
    }

    /**
     * Returns the tensor as a weight without copying it. Only {@code F8_E4M3} and {@code F8_E5M2} are widened, exactly,
     * to bfloat16 in memory of their own.
     *
     * @throws FoveaException if the elements are not F32, F16, BF16, F64, F8_E4M3 or F8_E5M2
     */
    public WeightData weight() {
        if (EightBitFloats.is(type)) {
            return new WeightData(name, DType.BF16, shape, EightBitFloats.widened(type, data), file);
        }
        DType dtype = dtype().filter(DType::isFloating)
                .orElseThrow(() -> new ModelException(file + ": tensor " + Text.quote(name) + " holds " + type
                        + ", but a weight must be F32, F16, BF16, F64, F8_E4M3 or F8_E5M2;"
                        + " use a checkpoint in one of these formats"));
        return new WeightData(name, dtype, shape, data, file);
    }

    /**
     * Returns the tensor as a matrix in eight bits without copying it.
     *
     * @param scales the tensor whose name is this one's with {@link #SCALES}
     * @throws FoveaException if the two do not go together
     */
    WeightData weight(TensorEntry scales) {
        Shape expected =
                shape.rank() == 2 ? Shape.of(shape.extent(0), QuantizedMatrix.groups(shape.extent(1))) : Shape.of();
        if (shape.rank() != 2 || !scales.type.equals(DType.F32.name()) || !scales.shape.equals(expected)) {
            throw new ModelException(file + ": tensor " + Text.quote(name) + " holds I8 " + shape + " and its scales "
                    + scales.type + " " + scales.shape + ", expected a matrix and F32 " + expected
                    + " (a scale for every " + QuantizedMatrix.GROUP + " inputs); convert the checkpoint again");
        }
        return new WeightData(name, DType.I8, shape, data, file, scales.data);
    }
}
