package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Tells lists of pictures apart by the pixels that a model reads of them. */
final class PictureHash {

    private PictureHash() {}

    /** Returns a number that is the same for the same pictures in the same order, and hardly ever for others. */
    static int of(List<? extends PictureInput> pictures, Preprocessing preprocessing) {
        return Arrays.hashCode(pictures.parallelStream()
                .mapToLong(picture -> checksum(preprocessing.applyAll(List.of(picture))))
                .toArray());
    }

    private static long checksum(float[] pixels) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(pixels.length, Float.BYTES));
        bytes.asFloatBuffer().put(pixels);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return checksum.getValue();
    }
}
