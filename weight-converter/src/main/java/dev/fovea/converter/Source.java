package dev.fovea.converter;

import dev.fovea.converter.pytorch.PytorchFile;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.ShardIndex;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.tensor.safetensors.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The weights to be converted: mapped files of PyTorch or in safetensors, one or several, and the folder they lie in. */
final class Source implements AutoCloseable {

    private static final List<String> HUGGING_FACE = List.of(
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json");

    private static final List<String> OPEN_CLIP = List.of("open_clip_model.safetensors", "open_clip_pytorch_model.bin");

    private final Path path;
    private final Path folder;
    private final List<Checkpoint> safetensors = new ArrayList<>();
    private final List<PytorchFile> pytorch = new ArrayList<>();
    private final Map<String, TensorView> tensors = new LinkedHashMap<>();
    private boolean wholeFolder;

    private Source(Path path, Path folder) {
        this.path = path;
        this.folder = folder;
    }

    /**
     * Opens a file, or finds the weights of a folder.
     *
     * @throws FoveaException if there are none, or they are broken
     */
    static Source open(Path path) {
        if (!Files.exists(path)) {
            throw new FoveaException(path + ": no such file or folder; check the path");
        }
        boolean directory = Files.isDirectory(path);
        Source source =
                new Source(path, directory ? path : path.toAbsolutePath().getParent());
        try {
            Path file = directory ? source.find() : path;
            source.wholeFolder = HUGGING_FACE.contains(file.getFileName().toString())
                    && Files.exists(source.folder.resolve("config.json"));
            source.read(file);
            return source;
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    private Path find() {
        boolean openClip = !Files.exists(folder.resolve("config.json"));
        List<String> names = new ArrayList<>(openClip ? OPEN_CLIP : HUGGING_FACE);
        names.addAll(openClip ? HUGGING_FACE : OPEN_CLIP);
        for (String name : names) {
            if (Files.exists(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        List<Path> weights = weightFiles();
        if (weights.size() == 1) {
            return weights.getFirst();
        }
        throw new FoveaException(folder + ": " + (weights.isEmpty() ? "no weights" : "several files of weights")
                + " in this folder; pass the file itself (.pt, .pth, .bin or .safetensors)");
    }

    private List<Path> weightFiles() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(".+\\.(pt|pth|bin|safetensors)"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new FoveaException(folder + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
        }
    }

    private void read(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors") || name.endsWith(".safetensors.index.json")) {
            Checkpoint checkpoint = Checkpoint.open(file);
            safetensors.add(checkpoint);
            checkpoint.tensors().forEach(this::add);
        } else if (name.endsWith(".index.json")) {
            readShards(file);
        } else {
            add(file);
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
                    throw new FoveaException(index + ": says that tensor " + Text.quote(name) + " is in "
                            + places.get(name) + ", but it is not; download the whole checkpoint again");
                });
    }

    private void add(Path file) {
        PytorchFile opened = PytorchFile.open(file);
        pytorch.add(opened);
        opened.tensors().forEach((name, tensor) -> {
            if (tensors.put(name, tensor) != null) {
                throw new FoveaException(file + ": tensor " + Text.quote(name)
                        + " is also in another shard; remove the one that does not belong here");
            }
        });
    }

    private void add(TensorEntry entry) {
        DType dtype = entry.dtype()
                .orElseThrow(() -> new FoveaException(entry.file() + ": tensor " + Text.quote(entry.name()) + " holds "
                        + entry.type() + ", which cannot be converted; use a checkpoint in a usual type"));
        tensors.put(entry.name(), TensorView.contiguous(dtype, entry.shape(), entry.data(), entry.file()));
    }

    /** What was passed. */
    Path path() {
        return path;
    }

    /** The folder that was passed, or that of the file. */
    Path folder() {
        return folder;
    }

    /** Whether these are the weights of a folder in transformers' layout, with its config.json. */
    boolean isHuggingFace() {
        return wholeFolder;
    }

    /** Whether these are weights in safetensors with their config.json, which a model can be loaded from as they are. */
    boolean isLoadable() {
        return wholeFolder && pytorch.isEmpty();
    }

    /** Whether this is a TorchScript archive, as OpenAI published CLIP. */
    boolean isScript() {
        return pytorch.stream().anyMatch(PytorchFile::isScript);
    }

    /** Bytes of all files of weights. */
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
            throw new FoveaException(path + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
        }
    }

    /** The tensors of all files. */
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
