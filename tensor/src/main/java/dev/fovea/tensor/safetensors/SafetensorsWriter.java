package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Writes a safetensors file, byte for byte as the reference implementation does (huggingface/safetensors, {@code
 * serialize} in tensor.rs): tensors sorted by dtype from the widest down, then by name; the header padded with spaces
 * to a multiple of eight. Keys of {@code __metadata__} are sorted, where the reference leaves their order to chance.
 *
 * <p>Tensors are written one after another and in pieces, so that a file of many gigabytes needs little memory. The
 * file is written beside its target under a temporary name and moved into place when it is whole; if anything fails the
 * temporary file is deleted and an older target stays as it was.
 *
 * {@snippet :
 * new SafetensorsWriter()
 *         .metadata("format", "pt")
 *         .add(weight, DType.F16)
 *         .write(Path.of("model.safetensors"));
 * }
 */
public final class SafetensorsWriter {

    private record Tensor(String name, StoredType type, Shape shape, TensorBody body) {

        long bytes() {
            return shape.elements() * type.bits() / 8;
        }
    }

    /** As the reference sorts: Rust compares strings by their UTF-8 bytes. */
    private static final Comparator<Tensor> WIDEST_FIRST = Comparator.comparing(Tensor::type)
            .reversed()
            .thenComparing(tensor -> tensor.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private final List<Tensor> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> metadata = new TreeMap<>();

    /**
     * Sets a text under {@code __metadata__}.
     *
     * @throws FoveaException if a text holds half a character (a lone surrogate)
     */
    public SafetensorsWriter metadata(String key, String value) {
        if (!Text.isWellFormed(key) || !Text.isWellFormed(value)) {
            throw new FoveaException("__metadata__ " + Text.quote(key) + " holds half a character; mend the text");
        }
        metadata.put(key, value);
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param data row-major, little-endian; read when the file is written
     * @throws IllegalArgumentException if the data are not exactly as long as dtype and shape say
     * @throws FoveaException if the name is taken or cannot be one
     */
    public SafetensorsWriter add(String name, DType dtype, Shape shape, MemorySegment data) {
        if (data.byteSize() / dtype.bytes() != shape.elements() || data.byteSize() % dtype.bytes() != 0) {
            throw new IllegalArgumentException(wrongLength(name, dtype, shape, data));
        }
        return add(new Tensor(name, StoredType.of(dtype), shape, TensorBody.of(data)));
    }

    /**
     * Adds a tensor whose data are made when their turn comes, in the order of the file, so that only one tensor needs
     * to be in memory at a time.
     *
     * @param data called once per {@link #write}; row-major, little-endian. A wrong length fails the writing with
     *     {@link IllegalArgumentException}
     * @throws FoveaException if the name is taken or cannot be one
     */
    public SafetensorsWriter add(String name, DType dtype, Shape shape, Supplier<MemorySegment> data) {
        return add(new Tensor(name, StoredType.of(dtype), shape, out -> {
            MemorySegment made = data.get();
            if (made.byteSize() != shape.elements() * dtype.bytes()) {
                throw new IllegalArgumentException(wrongLength(name, dtype, shape, made));
            }
            TensorBody.of(made).write(out);
        }));
    }

    /** Makes the bytes of a tensor piece by piece, so that not even one tensor needs to be in memory. */
    @FunctionalInterface
    public interface Pieces {
        /**
         * Fills a piece: row-major, little-endian. Pieces are asked for in order, each begins where the one before
         * ended.
         *
         * @param from where in the tensor the piece begins, in bytes: a multiple of the dtype's
         */
        void fill(long from, MemorySegment piece);
    }

    /**
     * Adds a tensor whose data are made piece by piece when their turn comes, in the order of the file.
     *
     * @throws FoveaException if the name is taken or cannot be one
     */
    public SafetensorsWriter add(String name, DType dtype, Shape shape, Pieces data) {
        long bytes = shape.elements() * dtype.bytes();
        return add(new Tensor(name, StoredType.of(dtype), shape, TensorBody.of(bytes, data)));
    }

    /**
     * Adds a tensor of another file as it is, whatever its dtype.
     *
     * @throws FoveaException if the name is taken
     */
    public SafetensorsWriter add(TensorEntry tensor) {
        StoredType type = StoredType.named(tensor.type());
        if (type == null) {
            throw new IllegalArgumentException("unknown dtype " + tensor.type());
        }
        return add(new Tensor(tensor.name(), type, tensor.shape(), TensorBody.of(tensor.data())));
    }

    /**
     * Adds a weight as it is stored; a matrix in eight bits with its scales.
     *
     * @throws FoveaException if the name is taken or cannot be one
     */
    public SafetensorsWriter add(WeightData weight) {
        if (weight.scales() != null) {
            Shape shape = Shape.of(
                    weight.shape().extent(0),
                    QuantizedMatrix.groups(weight.shape().extent(1)));
            add(weight.name() + TensorEntry.SCALES, DType.F32, shape, weight.scales());
        }
        return add(weight.name(), weight.dtype(), weight.shape(), weight.data());
    }

    /**
     * Adds a weight in another floating format, converted while it is written: rounded to nearest, ties to even.
     *
     * @param dtype F32, F16 or BF16
     * @throws FoveaException if the weight is not of a floating dtype, or the name is taken or cannot be one
     * @throws IllegalArgumentException for another dtype
     */
    public SafetensorsWriter add(WeightData weight, DType dtype) {
        if (!weight.dtype().isFloating()) {
            throw new ModelException(weight.source() + ": tensor " + Text.quote(weight.name()) + " holds "
                    + weight.dtype() + ", only floating formats can be converted to " + dtype);
        }
        if (dtype == weight.dtype()) {
            return add(weight);
        }
        return add(
                new Tensor(weight.name(), StoredType.of(dtype), weight.shape(), TensorBody.converted(weight, dtype)));
    }

    /**
     * Writes the file; an existing one is replaced in one step.
     *
     * @return the size of the file in bytes
     * @throws FoveaException if it cannot be written; nothing is left behind
     */
    public long write(Path target) {
        List<Tensor> sorted = tensors.stream().sorted(WIDEST_FIRST).toList();
        byte[] header = header(sorted);
        if (header.length > SafetensorsFile.LARGEST_HEADER) {
            throw new FoveaException(target + ": too many or too long tensor names, the header would have "
                    + header.length + " bytes and the limit is " + SafetensorsFile.LARGEST_HEADER);
        }
        if (Files.isDirectory(target)) {
            throw new FoveaException(target + ": is a folder; name the file to write");
        }
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        temporary.toFile().deleteOnExit(); // for a process that is stopped in the middle
        try {
            long bytes = writeWhole(temporary, header, sorted);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return bytes;
        } catch (IOException e) {
            throw new FoveaException(
                    target + ": cannot be written (" + reason(e)
                            + "); check the folder, its permissions and the free space",
                    e);
        } finally {
            // After a successful move it is no longer there.
            deleteQuietly(temporary);
        }
    }

    private static long writeWhole(Path temporary, byte[] header, List<Tensor> sorted) throws IOException {
        try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
            start.putLong(header.length).put(header).flip();
            TensorBody.writeFully(out, start);
            for (Tensor tensor : sorted) {
                tensor.body.write(out);
            }
            out.force(true);
            return out.size();
        }
    }

    private SafetensorsWriter add(Tensor tensor) {
        if (tensor.name.equals("__metadata__") || !Text.isWellFormed(tensor.name)) {
            throw new FoveaException("a tensor cannot be named " + Text.quote(tensor.name) + " in a safetensors file");
        }
        if (!names.add(tensor.name)) {
            throw new FoveaException(
                    "two tensors are named " + Text.quote(tensor.name) + "; names must be unique in a file");
        }
        tensors.add(tensor);
        return this;
    }

    /** Returns the JSON of the header, padded. */
    private byte[] header(List<Tensor> sorted) {
        List<String> entries = new ArrayList<>();
        if (!metadata.isEmpty()) {
            entries.add("\"__metadata__\":"
                    + metadata.entrySet().stream()
                            .map(text -> JsonWriter.string(text.getKey()) + ":" + JsonWriter.string(text.getValue()))
                            .collect(Collectors.joining(",", "{", "}")));
        }
        long begin = 0;
        for (Tensor tensor : sorted) {
            long end = begin + tensor.bytes();
            String shape = Arrays.stream(tensor.shape.extents())
                    .mapToObj(Long::toString)
                    .collect(Collectors.joining(",", "[", "]"));
            entries.add(JsonWriter.string(tensor.name) + ":{\"dtype\":\"" + tensor.type + "\",\"shape\":" + shape
                    + ",\"data_offsets\":[" + begin + "," + end + "]}");
            begin = end;
        }
        byte[] bare = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(bare, (bare.length + 7) / 8 * 8);
        Arrays.fill(padded, bare.length, padded.length, (byte) ' ');
        return padded;
    }

    private static String wrongLength(String name, DType dtype, Shape shape, MemorySegment data) {
        return "tensor " + Text.quote(name) + ": " + dtype + " " + shape + " is not " + data.byteSize() + " bytes long";
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static void deleteQuietly(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            // What made the writing fail is what the caller must hear about.
        }
    }
}
