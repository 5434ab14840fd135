package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Widens the two floats of eight bits that checkpoints hold (Micikevicius et al. 2022, "FP8 Formats for Deep Learning";
 * torch's {@code float8_e4m3fn} and {@code float8_e5m2}). Every one of them is a bfloat16 too, so nothing is rounded.
 *
 * <pre>
 * E4M3  sign, 4 bits of exponent (bias 7), 3 of mantissa; no infinity, NaN where all seven are one; up to 448
 * E5M2  sign, 5 bits of exponent (bias 15), 2 of mantissa; infinities and NaN; the upper half of an f16; up to 57344
 * </pre>
 */
final class EightBitFloats {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int CHUNK = 1 << 14;

    private static final short[] E4M3 = table(EightBitFloats::e4m3);
    private static final short[] E5M2 = table(EightBitFloats::e5m2);

    private EightBitFloats() {}

    /** Returns the bfloat16 of each of the 256 values of a type, or null if the type is none of the two. */
    private static short[] tableOf(String type) {
        return switch (type) {
            case "F8_E4M3" -> E4M3;
            case "F8_E5M2" -> E5M2;
            default -> null;
        };
    }

    /** Returns whether a dtype of a file is one of the two. */
    static boolean is(String type) {
        return tableOf(type) != null;
    }

    /** Returns the values as bfloat16, in memory of their own. */
    static MemorySegment widened(String type, MemorySegment stored) {
        short[] table = tableOf(type);
        MemorySegment wide =
                HostMemory.allocate(Math.max(1, 2 * stored.byteSize())).asSlice(0, 2 * stored.byteSize());
        byte[] bytes = new byte[CHUNK];
        short[] shorts = new short[CHUNK];
        for (long from = 0; from < stored.byteSize(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, stored.byteSize() - from);
            MemorySegment.copy(stored, ValueLayout.JAVA_BYTE, from, bytes, 0, count);
            for (int i = 0; i < count; i++) {
                shorts[i] = table[bytes[i] & 0xFF];
            }
            MemorySegment.copy(shorts, 0, wide, SHORT, 2 * from, count);
        }
        return wide.asReadOnly();
    }

    private interface Meaning {
        float of(int bits);
    }

    private static short[] table(Meaning meaning) {
        short[] table = new short[256];
        for (int bits = 0; bits < table.length; bits++) {
            table[bits] = HalfFloats.floatToBfloat16(meaning.of(bits));
        }
        return table;
    }

    private static float e4m3(int bits) {
        int exponent = bits >> 3 & 0xF;
        int mantissa = bits & 7;
        float magnitude = (bits & 0x7F) == 0x7F
                ? Float.NaN
                : exponent == 0 ? Math.scalb(mantissa, -9) : Math.scalb(8 + mantissa, exponent - 10);
        return (bits & 0x80) == 0 ? magnitude : -magnitude;
    }

    private static float e5m2(int bits) {
        return Float.float16ToFloat((short) (bits << 8));
    }
}
