package dev.fovea.models.files;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the header of a matrix of 32-bit floats in NumPy's {@code .npy} (version 1.0). It has a fixed size, so that
 * the count of rows in it can be updated.
 */
public final class NpyHeader {

    /** Bytes from the beginning of the file to the first number. */
    public static final int BYTES = 128;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, BYTES - 10, 0};

    private NpyHeader() {}

    /** Returns the {@value #BYTES} bytes in front of a matrix {@code [rows, columns]}. */
    public static byte[] of(long rows, int columns) {
        byte[] header = new byte[BYTES];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        byte[] shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
                .formatted(rows, columns)
                .getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(shape, 0, header, MAGIC.length, shape.length);
        header[BYTES - 1] = '\n';
        return header;
    }
}
