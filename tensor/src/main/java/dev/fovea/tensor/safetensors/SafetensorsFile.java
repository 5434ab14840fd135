package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.spi.HostMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Maps a safetensors file: eight bytes with the length of the header (unsigned, little-endian), the header in JSON,
 * then the bytes of all tensors. Opening reads the header alone and checks every rule of the format; no tensor is
 * copied or touched. Files of any size can be mapped.
 *
 * <p>Safe to use from many threads. After {@link #close()} the memory of the tensors is gone and reading it throws
 * {@link IllegalStateException}.
 */
public final class SafetensorsFile implements AutoCloseable {

    /** The format's limit for the header. */
    static final long LARGEST_HEADER = 100_000_000;

    /**
     * Fovea's own limit for names in a header or an index: far above the largest models (below 100,000 tensors in all
     * their shards), low enough that a hostile header of 100 MB cannot fill the memory of a small machine.
     */
    static final int MOST_NAMES = 250_000;

    private static final int LENGTH_BYTES = 8;

    private final Path path;
    private final Arena arena;
    private final FileStamp stamp;
    private final Map<String, TensorEntry> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, Arena arena, FileStamp stamp, MemorySegment content) {
        this.path = path;
        this.arena = arena;
        this.stamp = stamp;
        String file = path.toString();
        long headerLength = headerLength(file, content);
        byte[] headerBytes = new byte[(int) headerLength];
        // Through a buffer, since the first use of a segment's layouts costs a cold JVM some milliseconds.
        content.asSlice(LENGTH_BYTES, headerLength).asByteBuffer().get(headerBytes);
        MemorySegment data = content.asSlice(LENGTH_BYTES + headerLength);
        HeaderParser.Header header = HeaderParser.parse(file, headerBytes);
        List<HeaderParser.Tensor> sorted = HeaderRules.check(file, header.tensors(), data.byteSize());
        Map<String, TensorEntry> entries = LinkedHashMap.newLinkedHashMap(sorted.size());
        for (HeaderParser.Tensor tensor : sorted) {
            entries.put(
                    tensor.name(),
                    new TensorEntry(
                            tensor.name(),
                            tensor.type().name(),
                            HeaderRules.shape(tensor),
                            data.asSlice(tensor.begin(), tensor.end() - tensor.begin()),
                            file));
        }
        this.tensors = Collections.unmodifiableMap(entries);
        this.metadata = Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Maps a file and checks its header.
     *
     * @throws FoveaException if the file cannot be read or breaks a rule of the format; the message names file, tensor
     *     and reason
     */
    public static SafetensorsFile open(Path path) {
        if (!Files.exists(path)) {
            throw new ModelException(path + ": no such file; check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelException(path + ": not a regular file; pass a .safetensors file");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            FileStamp stamp = FileStamp.of(path);
            MemorySegment content = HostMemory.mapFile(channel, arena);
            return new SafetensorsFile(path, arena, stamp, content);
        } catch (IOException e) {
            arena.close();
            throw FileErrors.cannotRead(path, e, "check its permissions");
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Returns the file, as it was passed to {@link #open}. */
    public Path path() {
        return path;
    }

    /** Returns the tensors in the order in which they lie in the file. */
    public Collection<TensorEntry> tensors() {
        return tensors.values();
    }

    /** Returns the tensor of this name. */
    public Optional<TensorEntry> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** Returns the texts under {@code __metadata__}, often just {@code format=pt}; empty if there are none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Makes sure that the mapped bytes are still those whose header was read. Only the file's length and time are
     * compared, so a change within the system's resolution of times is not seen.
     *
     * @throws FoveaException if somebody wrote to the file, or cut it, since it was opened
     */
    public void requireUnchanged() {
        if (stamp.isOutdated(path)) {
            throw new ModelException(path + ": was changed while it was open; load the model again, and replace the"
                    + " files of a model in use by new ones (write beside, then rename) instead of writing to them");
        }
    }

    /** Unmaps the file. Closing twice does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private static long headerLength(String file, MemorySegment content) {
        if (content.byteSize() < LENGTH_BYTES) {
            throw new ModelException(notSafetensors(file, content, "its " + content.byteSize() + " bytes are too few"));
        }
        long length = content.asSlice(0, LENGTH_BYTES)
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (Long.compareUnsigned(length, LARGEST_HEADER) > 0) {
            throw new ModelException(notSafetensors(
                    file,
                    content,
                    "it claims a header of " + Long.toUnsignedString(length) + " bytes, the limit is "
                            + LARGEST_HEADER));
        }
        if (length > content.byteSize() - LENGTH_BYTES) {
            throw new ModelException(notSafetensors(
                    file,
                    content,
                    "it claims a header of " + length + " bytes, but only " + (content.byteSize() - LENGTH_BYTES)
                            + " follow"));
        }
        return length;
    }

    private static String notSafetensors(String file, MemorySegment content, String reason) {
        String guess = FileGuess.describe(content);
        return guess == null ? HeaderParser.broken(file, reason) : file + ": not a safetensors file but " + guess;
    }
}
