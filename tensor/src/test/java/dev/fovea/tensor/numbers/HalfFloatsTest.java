package dev.fovea.tensor.numbers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Test
    void everyBfloat16SurvivesTheWayThroughF32() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = HalfFloats.bfloat16ToFloat((short) bits);
            short back = HalfFloats.floatToBfloat16(value);
            if (Float.isNaN(value)) {
                assertTrue(Float.isNaN(HalfFloats.bfloat16ToFloat(back)));
            } else {
                assertEquals((short) bits, back);
            }
        }
    }

    @Test
    void bfloat16IsTheNearestTiesToEven() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (!Float.isFinite(value) || Math.abs(value) > 0x1.fep127f) {
                continue;
            }
            int below = Float.floatToRawIntBits(value) >>> 16; // towards zero
            float low = Float.intBitsToFloat(below << 16);
            float high = Float.intBitsToFloat(below + 1 << 16);
            BigDecimal exact = new BigDecimal(value);
            int nearer = exact.subtract(new BigDecimal(low))
                    .abs()
                    .compareTo(new BigDecimal(high).subtract(exact).abs());
            boolean lower = nearer < 0 || nearer == 0 && (below & 1) == 0;
            assertEquals((short) (lower ? below : below + 1), HalfFloats.floatToBfloat16(value));
        }
    }

    @Test
    void bfloat16OfSpecialNumbers() {
        assertEquals((short) 0x3F80, HalfFloats.floatToBfloat16(1f));
        assertEquals((short) 0x8000, HalfFloats.floatToBfloat16(-0f));
        assertEquals((short) 0x7F80, HalfFloats.floatToBfloat16(Float.POSITIVE_INFINITY));
        assertEquals((short) 0x7F80, HalfFloats.floatToBfloat16(Float.MAX_VALUE));
        assertEquals((short) 0xFF80, HalfFloats.floatToBfloat16(-Float.MAX_VALUE));
        // NaNs whose payload is all below the cut, or all ones above it, must not turn into infinity or zero.
        assertTrue(
                Float.isNaN(HalfFloats.bfloat16ToFloat(HalfFloats.floatToBfloat16(Float.intBitsToFloat(0x7F800001)))));
        assertTrue(
                Float.isNaN(HalfFloats.bfloat16ToFloat(HalfFloats.floatToBfloat16(Float.intBitsToFloat(0x7FFFFFFF)))));
        assertTrue(
                Float.isNaN(HalfFloats.bfloat16ToFloat(HalfFloats.floatToBfloat16(Float.intBitsToFloat(0xFFFFFFFF)))));
    }

    @Test
    void bulkIsTheSameAsOneByOneAcrossPieces() {
        SplittableRandom random = new SplittableRandom(2);
        int count = 9_001; // more than two pieces, and an odd rest
        float[] values = new float[count + 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextDouble() * 8 - 4) * (float) Math.pow(2, random.nextInt(-30, 16));
        }
        MemorySegment memory = MemorySegment.ofArray(new byte[2 * count + 5]);
        float[] back = new float[count + 2];

        HalfFloats.narrowFloat16(values, 3, count, memory, 5);
        HalfFloats.widenFloat16(memory, 5, back, 1, count);
        for (int i = 0; i < count; i++) {
            assertEquals(Float.floatToFloat16(values[3 + i]), memory.get(SHORT, 5 + 2L * i));
            assertEquals(Float.float16ToFloat(memory.get(SHORT, 5 + 2L * i)), back[1 + i]);
        }
        HalfFloats.narrowBfloat16(values, 3, count, memory, 5);
        HalfFloats.widenBfloat16(memory, 5, back, 1, count);
        for (int i = 0; i < count; i++) {
            assertEquals(HalfFloats.floatToBfloat16(values[3 + i]), memory.get(SHORT, 5 + 2L * i));
            assertEquals(HalfFloats.bfloat16ToFloat(memory.get(SHORT, 5 + 2L * i)), back[1 + i]);
        }
        assertEquals(0, back[0]);
        assertEquals(0, back[count + 1]);
        assertArrayEquals(new byte[5], memory.asSlice(0, 5).toArray(ValueLayout.JAVA_BYTE));
    }
}
