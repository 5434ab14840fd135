package dev.fovea.search;

import dev.fovea.tensor.FoveaException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a matrix of floats of NumPy's format, of 32 or of 16 bits, row after row. Source of the format: numpy's
 * {@code lib/format.py}.
 *
 * @param file the matrix
 * @param rows how many there are
 * @param columns numbers in a row
 * @param bytes of a number, 4 or 2
 * @param start of the first row, in bytes
 */
record NpyMatrix(Path file, long rows, int columns, int bytes, int start) {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST_HEADER = 1 << 16;
    private static final Pattern TYPE = Pattern.compile("'descr':\\s*'<f([24])'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*False");
    private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\((\\d{1,12}),\\s*(\\d{1,6}),?\\s*\\)");

    /**
     * Reads the header.
     *
     * @throws FoveaException if it is no matrix of floats, or the file is not as long as it says
     */
    static NpyMatrix open(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] magic = in.readNBytes(MAGIC.length + 2);
            if (magic.length < MAGIC.length + 2
                    || !new String(magic, StandardCharsets.ISO_8859_1)
                            .startsWith(new String(MAGIC, StandardCharsets.ISO_8859_1))) {
                throw new FoveaException(file + ": is no .npy file; expected a matrix that NumPy saved");
            }
            int sizeBytes = magic[MAGIC.length] == 1 ? Short.BYTES : Integer.BYTES;
            byte[] size = new byte[Integer.BYTES];
            in.readNBytes(size, 0, sizeBytes);
            int length = ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN).getInt();
            if (length < 0 || length > LONGEST_HEADER) {
                throw new FoveaException(file + ": its header is damaged; save it again");
            }
            String header = new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
            Matcher type = TYPE.matcher(header);
            Matcher shape = SHAPE.matcher(header);
            if (!type.find() || !ORDER.matcher(header).find() || !shape.find()) {
                throw new FoveaException(file + ": is " + header.strip() + "; expected a matrix of 32-bit or 16-bit"
                        + " floats, row after row: numpy.save(name, matrix.astype(\"float32\"))");
            }
            NpyMatrix matrix = new NpyMatrix(
                    file,
                    Long.parseLong(shape.group(1)),
                    Integer.parseInt(shape.group(2)),
                    Integer.parseInt(type.group(1)),
                    MAGIC.length + 2 + sizeBytes + length);
            long expected = matrix.start + matrix.rows * matrix.columns * matrix.bytes;
            if (Files.size(file) != expected) {
                throw new FoveaException(file + ": has " + Files.size(file) + " bytes, expected " + expected + " for "
                        + matrix.rows + " rows of " + matrix.columns + "; it is cut short or damaged");
            }
            return matrix;
        } catch (IOException e) {
            throw new FoveaException(file + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
        }
    }

    /** Opens the rows. */
    Rows read() throws IOException {
        return new Rows();
    }

    /** Hands out one row after the other. */
    final class Rows implements AutoCloseable {

        private final InputStream in;
        private final ByteBuffer row = ByteBuffer.allocate(columns * bytes).order(ByteOrder.LITTLE_ENDIAN);
        private long given;

        private Rows() throws IOException {
            in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
            in.skipNBytes(start);
        }

        boolean hasNext() {
            return given < rows;
        }

        float[] next() throws IOException {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            if (in.readNBytes(row.array(), 0, row.capacity()) < row.capacity()) {
                throw new EOFException(file + " has become shorter");
            }
            given++;
            float[] numbers = new float[columns];
            for (int i = 0; i < columns; i++) {
                numbers[i] = bytes == Float.BYTES
                        ? row.getFloat(i * Float.BYTES)
                        : Float.float16ToFloat(row.getShort(i * Short.BYTES));
            }
            return numbers;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
