package dev.fovea.converter.pytorch;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.safetensors.FileGuess;
import dev.fovea.tensor.spi.HostMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Maps a file of PyTorch: the zip format of {@code torch.save} and {@code torch.jit.save}, or the stream of pickles
 * that was written before PyTorch 1.6. Opening reads the description of the tensors; their elements stay in the file.
 *
 * <p>After {@link #close()} the memory of the tensors is gone.
 */
public final class PytorchFile implements AutoCloseable {

    private static final int ZIP = 0x04034b50;
    private static final int TAR_MAGIC = 257;
    private static final byte PICKLE = (byte) 0x80;

    /** Holds a file's tensors, whether it is a TorchScript archive, and how to check that its bytes are whole. */
    record Content(Map<String, TensorView> tensors, boolean isScript, Runnable check) {}

    private final Path path;
    private final Arena arena;
    private final Content content;

    private PytorchFile(Path path, Arena arena, Content content) {
        this.path = path;
        this.arena = arena;
        this.content = content;
    }

    /**
     * Maps a file and reads what it says about its tensors.
     *
     * @throws FoveaException if it cannot be read, is none of PyTorch's, is broken, or wants to run something
     */
    public static PytorchFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new ModelException(path + ": no such file; check the path");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = HostMemory.mapFile(channel, arena);
            return new PytorchFile(path, arena, read(path.toString(), bytes));
        } catch (IOException e) {
            arena.close();
            throw FileErrors.cannotRead(path, e, "check its permissions");
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static Content read(String file, MemorySegment bytes) {
        if (startsWith(bytes, ZIP)) {
            return ZipCheckpoint.read(file, bytes);
        }
        if (LegacyCheckpoint.isOne(bytes)) {
            return LegacyCheckpoint.read(file, bytes);
        }
        if (isTar(bytes)) {
            throw new ModelException(file + ": a tar file, as PyTorch before 0.2 wrote; load and save it with a later"
                    + " version of PyTorch");
        }
        if (bytes.byteSize() > 0 && bytes.get(ValueLayout.JAVA_BYTE, 0) == PICKLE) {
            throw new ModelException(
                    file + ": a Python pickle that torch.save did not write; save the model's state_dict() with it");
        }
        String guess = FileGuess.describe(bytes);
        throw new ModelException(file + ": not a PyTorch checkpoint"
                + (guess == null ? "; pass a .pt, .pth or .bin file that torch.save wrote" : " but " + guess));
    }

    private static boolean startsWith(MemorySegment bytes, int magic) {
        ValueLayout.OfInt littleEndian = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        return bytes.byteSize() >= Integer.BYTES && bytes.get(littleEndian, 0) == magic;
    }

    private static boolean isTar(MemorySegment bytes) {
        byte[] ustar = {'u', 's', 't', 'a', 'r'};
        return bytes.byteSize() > TAR_MAGIC + ustar.length
                && bytes.asSlice(TAR_MAGIC, ustar.length).mismatch(MemorySegment.ofArray(ustar)) < 0;
    }

    /** Returns the path of the file, as it was passed to {@link #open}. */
    public Path path() {
        return path;
    }

    /** Returns the tensors by their names, in the order of the file. */
    public Map<String, TensorView> tensors() {
        return content.tensors();
    }

    /** Returns whether it is a TorchScript archive, as OpenAI published CLIP. */
    public boolean isScript() {
        return content.isScript();
    }

    /**
     * Reads all of the tensors once and compares them with the checksums that the file has; the legacy format has none.
     *
     * @throws FoveaException if one is wrong
     */
    public void check() {
        content.check().run();
    }

    /** Unmaps the file. Closing twice does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
