package dev.fovea.converter;

import dev.fovea.converter.pytorch.PytorchFile;
import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.ShardIndex;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.tensor.safetensors.Text;
import dev.fovea.tensor.safetensors.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Gives access to the weights to be converted: mapped files of PyTorch or in safetensors, one or several, and the
 * folder they are in.
 */
final class SourceCheckpoint implements AutoCloseable {

    private static final byte[] ZIP = {'P', 'K', 3, 4};
    private static final byte PICKLE = (byte) 0x80;

    private final Path path;
    private final Path folder;
    private final List<Checkpoint> safetensors = new ArrayList<>();
    private final List<PytorchFile> pytorch = new ArrayList<>();
    private final Map<String, TensorView> tensors = new LinkedHashMap<>();
    private boolean usualName;

    private SourceCheckpoint(Path path, Path folder) {
        this.path = path;
        this.folder = folder;
    }

    /**
     * Opens a file, or finds the weights of a folder.
     *
     * @throws FoveaException if there are none, or they are broken
     */
    static SourceCheckpoint open(Path path) {
        if (!Files.exists(path)) {
            throw new ModelException(path + ": no such file or folder; check the path");
        }
        boolean directory = Files.isDirectory(path);
        Path file = directory ? new SourceFolder(path).weights() : path;
        Path folder = directory && file.getParent() != null ? file.getParent() : path;
        SourceCheckpoint source = new SourceCheckpoint(
                folder, directory ? folder : path.toAbsolutePath().getParent());
        try {
            source.usualName =
                    SourceFolder.HUGGING_FACE.contains(file.getFileName().toString());
            source.read(file);
            return source;
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    private void read(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors.index.json") || !name.endsWith(".index.json") && isSafetensors(file)) {
            Checkpoint checkpoint = Checkpoint.open(file);
            safetensors.add(checkpoint);
            Weights weights = Weights.of(checkpoint);
            checkpoint.tensors().forEach(tensor -> add(tensor, weights));
        } else if (name.endsWith(".index.json")) {
            readShards(file);
        } else {
            add(file);
        }
    }

    /**
     * Returns whether a file is in safetensors. The first bytes tell the two formats apart, since files are often
     * misnamed; the name decides about a file that begins like neither.
     */
    private static boolean isSafetensors(Path file) {
        String name = file.getFileName().toString();
        String foreign = ForeignFormat.of(name);
        if (foreign != null) {
            throw new ModelException(file + ": " + foreign);
        }
        try (InputStream content = Files.newInputStream(file)) {
            byte[] start = content.readNBytes(Long.BYTES + 1);
            boolean pytorch = start.length > 0 && start[0] == PICKLE && start[start.length - 1] != '{'
                    || start.length > ZIP.length && Arrays.equals(start, 0, ZIP.length, ZIP, 0, ZIP.length);
            boolean header = start.length == Long.BYTES + 1 && start[Long.BYTES] == '{' && start[Long.BYTES - 1] == 0;
            return header || name.endsWith(".safetensors") && !pytorch;
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check its permissions");
        }
    }

    private void readShards(Path index) {
        Map<String, String> places = ShardIndex.read(index);
        for (String shard : new TreeSet<>(places.values())) {
            add(index.resolveSibling(shard));
        }
        places.keySet().stream()
                .filter(name -> !tensors.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ModelException(index + ": says that tensor " + Text.quote(name) + " is in "
                            + places.get(name) + ", but it is not; download the whole checkpoint again");
                });
    }

    private void add(Path file) {
        PytorchFile opened = PytorchFile.open(file);
        pytorch.add(opened);
        opened.tensors().forEach((name, tensor) -> {
            if (tensors.put(name, tensor) != null) {
                throw new ModelException(file + ": tensor " + Text.quote(name)
                        + " is also in another shard; remove the one that does not belong here");
            }
        });
    }

    /**
     * Adds a tensor. Floats of eight bits, which the converter does not write, become bfloat16, which holds every one
     * of them.
     */
    private void add(TensorEntry entry, Weights weights) {
        boolean widened = entry.dtype().isEmpty() && entry.isWeight();
        DType dtype = widened
                ? DType.BF16
                : entry.dtype()
                        .orElseThrow(() -> new ModelException(entry.file() + ": tensor " + Text.quote(entry.name())
                                + " holds " + entry.type()
                                + ", which cannot be converted; use a checkpoint in a usual type"));
        MemorySegment data = widened ? weights.tensor(entry.name()).data() : entry.data();
        tensors.put(entry.name(), TensorView.contiguous(dtype, entry.shape(), data, entry.file()));
    }

    /** Returns what was passed, or the folder in it that holds the model. */
    Path path() {
        return path;
    }

    /** Returns the folder that was passed, or that of the file. */
    Path folder() {
        return folder;
    }

    /** Returns whether these are the weights of a folder in transformers' layout, with its config.json. */
    boolean isHuggingFace() {
        return Files.isRegularFile(folder.resolve("config.json"));
    }

    /**
     * Returns whether the folder can be loaded as it is, if its names can: the weights are in safetensors, with their
     * config.json.
     */
    boolean isLoadable() {
        return isHuggingFace() && usualName && pytorch.isEmpty();
    }

    /**
     * Returns whether the file has another name than transformers gives its weights, so that it may be of another tool.
     */
    boolean hasUnusualName() {
        return !usualName;
    }

    /** Returns whether the file says that MLX wrote it, which keeps kernels in another order. */
    boolean isMlx() {
        return safetensors.stream()
                .anyMatch(file -> "mlx".equals(file.metadata().get("format")));
    }

    /** Returns whether this is a TorchScript archive, as OpenAI published CLIP. */
    boolean isScript() {
        return pytorch.stream().anyMatch(PytorchFile::isScript);
    }

    /** Returns the length of all files of weights together, in bytes. */
    long bytes() {
        try {
            long bytes = 0;
            for (Checkpoint checkpoint : safetensors) {
                for (Path file : checkpoint.files()) {
                    bytes += Files.size(file);
                }
            }
            for (PytorchFile file : pytorch) {
                bytes += Files.size(file.path());
            }
            return bytes;
        } catch (IOException e) {
            throw FileErrors.cannotList(path, e, "check its permissions");
        }
    }

    /** Returns the tensors of all files by their names. */
    Map<String, TensorView> tensors() {
        return tensors;
    }

    /** Compares the weights with the checksums that their files have. */
    void check() {
        pytorch.forEach(PytorchFile::check);
    }

    @Override
    public void close() {
        safetensors.forEach(Checkpoint::close);
        pytorch.forEach(PytorchFile::close);
    }
}
