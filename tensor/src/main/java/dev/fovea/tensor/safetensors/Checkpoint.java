package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Opens the weights of a model as people have them: a folder with {@code model.safetensors}, or with {@code
 * model.safetensors.index.json} and the shards that it names, or a single {@code .safetensors} file.
 *
 * <p>All files are mapped, none is copied. Safe to use from many threads until {@link #close()}, which unmaps them.
 */
public final class Checkpoint implements AutoCloseable {

    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String PYTORCH = "pytorch_model.bin";
    private static final String ADAPTER = "adapter_model.safetensors";
    private static final Pattern VARIANT =
            Pattern.compile("model\\.\\w+\\.safetensors|model\\.safetensors\\.index\\.\\w+\\.json");

    private final Path path;
    private final List<SafetensorsFile> files;
    private final Map<String, TensorEntry> tensors;

    private Checkpoint(Path path, List<SafetensorsFile> files, Map<String, TensorEntry> tensors) {
        this.path = path;
        this.files = List.copyOf(files);
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a folder, a {@code .safetensors} file or an index. In a folder {@code model.safetensors} goes before the
     * index, as in transformers; where there is neither, the only variant counts, {@code model.fp16.safetensors} for
     * one.
     *
     * @throws FoveaException if there are no weights, a file is broken, a shard is missing, or the shards and the index
     *     disagree
     */
    public static Checkpoint open(Path path) {
        if (!Files.exists(path)) {
            throw new ModelException(path + ": no such file or folder; check the path");
        }
        if (!Files.isDirectory(path)) {
            return path.toString().endsWith(".index.json") ? openIndex(path, path) : openFiles(path, List.of(path));
        }
        Path single = path.resolve(SINGLE);
        if (Files.exists(single)) {
            return openFiles(path, List.of(single));
        }
        Path index = path.resolve(INDEX);
        if (Files.exists(index)) {
            return openIndex(path, index);
        }
        return openVariant(path);
    }

    /** Opens the only variant of a folder, as {@code variant="fp16"} of transformers names it. */
    private static Checkpoint openVariant(Path folder) {
        List<String> variants = fileNames(folder).stream()
                .filter(name -> VARIANT.matcher(name).matches())
                .toList();
        if (variants.size() != 1) {
            throw new ModelException(noWeights(folder));
        }
        Path file = folder.resolve(variants.getFirst());
        return variants.getFirst().endsWith(".json") ? openIndex(folder, file) : openFiles(folder, List.of(file));
    }

    /** Returns the folder or file, as it was passed to {@link #open}. */
    public Path path() {
        return path;
    }

    /** Returns the safetensors files that hold the tensors. */
    public List<Path> files() {
        return files.stream().map(SafetensorsFile::path).toList();
    }

    /** Returns the names of all tensors, file by file in the order in which they are stored. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** Returns all tensors, in the order of {@link #names()}. */
    public Collection<TensorEntry> tensors() {
        return tensors.values();
    }

    /** Returns the tensor of this name. */
    public Optional<TensorEntry> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** Returns the {@code __metadata__} of all files together; where they differ the first one counts. */
    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        files.forEach(file -> file.metadata().forEach(metadata::putIfAbsent));
        return metadata;
    }

    /**
     * Makes sure that the mapped bytes are those of the files that were opened; see {@link
     * SafetensorsFile#requireUnchanged}.
     *
     * @throws FoveaException if somebody wrote to one of the files since
     */
    public void requireUnchanged() {
        files.forEach(SafetensorsFile::requireUnchanged);
    }

    /** Unmaps all files. Closing twice does nothing. */
    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }

    private static Checkpoint openIndex(Path path, Path index) {
        Map<String, String> weightMap = ShardIndex.read(index);
        List<Path> shards = new ArrayList<>();
        for (String name : Set.copyOf(weightMap.values()).stream().sorted().toList()) {
            shards.add(shard(index, name));
        }
        List<String> missing = shards.stream()
                .filter(shard -> !Files.exists(shard))
                .map(shard -> shard.getFileName().toString())
                .toList();
        if (!missing.isEmpty()) {
            throw new ModelException(index + ": names " + (missing.size() == 1 ? "a shard that is" : "shards that are")
                    + " not there: " + some(missing) + "; download the whole checkpoint");
        }
        Checkpoint checkpoint = openFiles(path, shards);
        try {
            weightMap.forEach((tensor, shard) -> checkIndexed(checkpoint, index, tensor, shard));
            return checkpoint;
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    private static Path shard(Path index, String name) {
        try {
            return index.resolveSibling(name);
        } catch (InvalidPathException e) {
            throw new ModelException(
                    index + ": shard " + Text.quote(name) + " is not a file name; download it again", e);
        }
    }

    private static void checkIndexed(Checkpoint checkpoint, Path index, String tensor, String shard) {
        TensorEntry entry = checkpoint.tensors.get(tensor);
        String expected = shard(index, shard).toString();
        if (entry == null || !entry.file().equals(expected)) {
            String found = entry == null ? "it holds no such tensor" : "the tensor is in " + entry.file();
            throw new ModelException(index + ": says that tensor " + Text.quote(tensor) + " is in " + shard + ", but "
                    + found + "; download the whole checkpoint again");
        }
    }

    private static Checkpoint openFiles(Path path, List<Path> paths) {
        List<SafetensorsFile> files = new ArrayList<>();
        try {
            Map<String, TensorEntry> tensors = new LinkedHashMap<>();
            for (Path file : paths) {
                SafetensorsFile opened = SafetensorsFile.open(file);
                files.add(opened);
                for (TensorEntry tensor : opened.tensors()) {
                    TensorEntry other = tensors.put(tensor.name(), tensor);
                    if (other != null) {
                        throw new ModelException(file + ": tensor " + Text.quote(tensor.name()) + " is also in "
                                + other.file() + "; remove the shard that does not belong here");
                    }
                }
            }
            return new Checkpoint(path, files, tensors);
        } catch (RuntimeException | Error e) {
            files.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    private static String noWeights(Path folder) {
        List<String> names = fileNames(folder);
        List<String> pytorch = names.stream()
                .filter(name -> name.startsWith(PYTORCH)
                        || name.endsWith(".pt")
                        || name.endsWith(".pth")
                        || name.endsWith(".bin"))
                .toList();
        List<String> safetensors =
                names.stream().filter(name -> name.endsWith(".safetensors")).toList();
        String missing = folder + ": no " + SINGLE + " or " + INDEX + " in this folder";
        if (safetensors.contains(ADAPTER)) {
            return missing + ", but " + ADAPTER
                    + ", an adapter (PEFT) and no whole model; merge it into its base model and"
                    + " pass the folder that is saved then";
        }
        if (!safetensors.isEmpty()) {
            return missing + ", but " + some(safetensors) + "; rename the one that holds the model to " + SINGLE;
        }
        if (!pytorch.isEmpty()) {
            return missing + ", only PyTorch weights (" + some(pytorch)
                    + "); convert the folder with Converter.convert(FOLDER, OUT)";
        }
        return missing + "; pass the folder of a checkpoint as downloaded from the hub";
    }

    private static List<String> fileNames(Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            List<String> names = new ArrayList<>();
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
            Collections.sort(names);
            return names;
        } catch (IOException | DirectoryIteratorException e) {
            IOException cause = e instanceof DirectoryIteratorException wrapped ? wrapped.getCause() : (IOException) e;
            throw FileErrors.cannotRead(folder, cause, "check its permissions");
        }
    }

    private static String some(List<String> names) {
        String first = names.stream().limit(3).collect(Collectors.joining(", "));
        return names.size() > 3 ? first + " and " + (names.size() - 3) + " more" : first;
    }
}
