package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Gives the bytes of one tensor on their way into a file, in pieces of a fixed size. */
interface TensorBody {

    /** Large enough that a system call costs nothing, small beside any tensor that matters. */
    int PIECE = 1 << 20;

    void write(FileChannel out) throws IOException;

    /** Returns the bytes of a segment on or off the heap. */
    static TensorBody of(MemorySegment data) {
        return of(data.byteSize(), (from, piece) -> piece.copyFrom(data.asSlice(from, piece.byteSize())));
    }

    /** Returns a body of a given length whose bytes are made piece by piece. */
    static TensorBody of(long bytes, SafetensorsWriter.Pieces pieces) {
        return out -> {
            ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(PIECE, bytes));
            for (long done = 0; done < bytes; done += PIECE) {
                piece.clear().limit((int) Math.min(PIECE, bytes - done));
                pieces.fill(done, MemorySegment.ofBuffer(piece));
                writeFully(out, piece);
            }
        };
    }

    /**
     * Returns the values of a weight in another floating format.
     *
     * @throws IllegalArgumentException if the format is not F32, F16 or BF16
     */
    static TensorBody converted(WeightData weight, DType dtype) {
        if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
            throw new IllegalArgumentException("cannot convert a weight to " + dtype);
        }
        ValueLayout.OfFloat littleEndian = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        return out -> {
            long elements = weight.shape().elements();
            float[] values = new float[(int) Math.min(PIECE / Float.BYTES, elements)];
            ByteBuffer piece = ByteBuffer.allocateDirect(values.length * dtype.bytes());
            MemorySegment narrow = MemorySegment.ofBuffer(piece);
            for (long done = 0; done < elements; done += values.length) {
                int count = (int) Math.min(values.length, elements - done);
                weight.copyTo(done, values, 0, count);
                switch (dtype) {
                    case F16 -> HalfFloats.narrowFloat16(values, 0, count, narrow, 0);
                    case BF16 -> HalfFloats.narrowBfloat16(values, 0, count, narrow, 0);
                    default -> MemorySegment.copy(values, 0, narrow, littleEndian, 0, count);
                }
                writeFully(out, piece.clear().limit(count * dtype.bytes()));
            }
        };
    }

    static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
