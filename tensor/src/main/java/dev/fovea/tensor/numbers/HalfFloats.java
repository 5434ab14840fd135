package dev.fovea.tensor.numbers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Conversions between f32 and the two 16-bit formats: IEEE 754 binary16 (f16) and bfloat16, the upper half of an f32.
 * Widening is exact; narrowing rounds to the nearest value, ties to even, and keeps infinities, signed zeros and NaN
 * what they are.
 *
 * <p>Memory is little-endian, as checkpoints store it, and need not be aligned. The bulk methods go through a small
 * array, since the compiler turns loops over arrays into vector instructions and those over segments, so far, into
 * single loads.
 */
public final class HalfFloats {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Elements converted at a time: 8 KiB of 16-bit values stay in the first-level cache. */
    private static final int CHUNK = 4096;

    private HalfFloats() {}

    /** Returns the f32 with the value of a bfloat16. */
    public static float bfloat16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Returns the bfloat16 nearest to an f32, ties to even; NaN stays NaN (quiet), overflow becomes infinity. */
    public static short floatToBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40); // a payload in the lower half alone would be cut to infinity
        }
        // Half of the last kept place, less one when that place is even: a tie then rounds to even.
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /** Rounds every value to the nearest bfloat16, in place. */
    public static void roundBfloat16(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = bfloat16ToFloat(floatToBfloat16(values[i]));
        }
    }

    /** Widens {@code count} f16 values that start at a byte offset of {@code source}. */
    public static void widenFloat16(MemorySegment source, long byteOffset, float[] target, int offset, int count) {
        short[] chunk = new short[Math.min(CHUNK, count)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            MemorySegment.copy(source, SHORT, byteOffset + 2L * done, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                target[offset + done + i] = Float.float16ToFloat(chunk[i]);
            }
        }
    }

    /** Widens {@code count} bfloat16 values that start at a byte offset of {@code source}. */
    public static void widenBfloat16(MemorySegment source, long byteOffset, float[] target, int offset, int count) {
        short[] chunk = new short[Math.min(CHUNK, count)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            MemorySegment.copy(source, SHORT, byteOffset + 2L * done, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                target[offset + done + i] = Float.intBitsToFloat(chunk[i] << 16);
            }
        }
    }

    /** Narrows {@code count} f32 values to f16, stored from a byte offset of {@code target}. */
    public static void narrowFloat16(float[] source, int offset, int count, MemorySegment target, long byteOffset) {
        short[] chunk = new short[Math.min(CHUNK, count)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            for (int i = 0; i < length; i++) {
                chunk[i] = Float.floatToFloat16(source[offset + done + i]);
            }
            MemorySegment.copy(chunk, 0, target, SHORT, byteOffset + 2L * done, length);
        }
    }

    /** Narrows {@code count} f32 values to bfloat16, stored from a byte offset of {@code target}. */
    public static void narrowBfloat16(float[] source, int offset, int count, MemorySegment target, long byteOffset) {
        short[] chunk = new short[Math.min(CHUNK, count)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            for (int i = 0; i < length; i++) {
                chunk[i] = floatToBfloat16(source[offset + done + i]);
            }
            MemorySegment.copy(chunk, 0, target, SHORT, byteOffset + 2L * done, length);
        }
    }
}
