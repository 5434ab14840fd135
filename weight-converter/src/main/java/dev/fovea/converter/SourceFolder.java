package dev.fovea.converter;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the weights in the folders that people have: of transformers and open_clip, of the hub's cache, of
 * sentence-transformers, of training. The error about a folder without convertible weights says what kind of folder it
 * is.
 */
record SourceFolder(Path folder) {

    /** Names of weights in transformers' folders. */
    static final List<String> HUGGING_FACE = List.of(
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json");

    private static final List<String> OPEN_CLIP = List.of("open_clip_model.safetensors", "open_clip_pytorch_model.bin");

    private static final String WEIGHTS = ".+\\.(pt|pth|bin|ckpt|safetensors)";

    /** Names of files that trainers write beside the weights. */
    private static final String NO_WEIGHTS =
            "(optimizer|scheduler|scaler|rng_state|random_states|training_args|openvino_model|adapter_model).*";

    /**
     * Finds the weights.
     *
     * @return a file of weights or an index of such files
     * @throws FoveaException if there are none, or several
     */
    Path weights() {
        Path inside = inside();
        return inside == null ? own() : new SourceFolder(inside).own();
    }

    /** Returns the folder inside this one that holds the model; null if it is this one. */
    private Path inside() {
        if (Files.isDirectory(folder.resolve("snapshots")) && !Files.exists(folder.resolve("config.json"))) {
            return snapshot();
        }
        Path modules = folder.resolve("modules.json");
        if (!Files.isRegularFile(modules)) {
            return null;
        }
        for (JsonValue module : modules(modules)) {
            String path = module.get("path").text("");
            if (module.get("type").text("").endsWith(".CLIPModel") && path.matches("\\w+")) {
                return folder.resolve(path);
            }
        }
        return null;
    }

    /** Returns the parts of a model of sentence-transformers, one after another. */
    private static List<JsonValue> modules(Path file) {
        try {
            String list = Files.readString(file);
            return JsonReader.readObject("{\"modules\": " + list + "}", file.toString())
                    .get("modules")
                    .items();
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check its permissions");
        }
    }

    /** Returns the snapshot of a model in the hub's cache: the commit that its branch main is, or the only one. */
    private Path snapshot() {
        Path main = folder.resolve("refs").resolve("main");
        List<Path> snapshots = list(folder.resolve("snapshots"), Files::isDirectory);
        try {
            String commit = Files.isRegularFile(main) ? Files.readString(main).strip() : "";
            for (Path snapshot : snapshots) {
                if (snapshot.endsWith(commit)) {
                    return snapshot;
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(main, e, "check its permissions");
        }
        if (snapshots.size() == 1) {
            return snapshots.getFirst();
        }
        throw new ModelException(folder + ": a model of the hub's cache, with " + snapshots.size()
                + " snapshots; pass one of the folders in " + folder.resolve("snapshots"));
    }

    private Path own() {
        boolean openClip = !Files.exists(folder.resolve("config.json"));
        List<String> names = new ArrayList<>(openClip ? OPEN_CLIP : HUGGING_FACE);
        names.addAll(openClip ? HUGGING_FACE : OPEN_CLIP);
        for (String name : names) {
            if (Files.exists(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        List<Path> weights = list(
                folder,
                file -> name(file).matches(WEIGHTS) && !name(file).matches(NO_WEIGHTS) && Files.isRegularFile(file));
        if (weights.size() == 1) {
            return weights.getFirst();
        }
        if (weights.size() > 1) {
            throw new ModelException(
                    folder + ": several files of weights in this folder (" + some(weights) + "); pass the file itself");
        }
        throw new ModelException(folder + ": " + kind());
    }

    /** Returns what a folder without weights is, and what to do. */
    private String kind() {
        if (Files.exists(folder.resolve("adapter_config.json"))) {
            String base = JsonReader.readObject(folder.resolve("adapter_config.json"))
                    .get("base_model_name_or_path")
                    .text("its base model");
            return "an adapter, which is no model without " + base
                    + "; merge the two with merge_and_unload() of peft, save that with save_pretrained() and convert"
                    + " it";
        }
        if (Files.exists(folder.resolve("zero_to_fp32.py"))) {
            return "a checkpoint of DeepSpeed in parts; put them together with its zero_to_fp32.py and convert that";
        }
        if (!list(folder, file -> name(file).endsWith(".distcp")).isEmpty()) {
            return "a distributed checkpoint of PyTorch; put it together with python -m"
                    + " torch.distributed.checkpoint.format_utils dcp_to_torch and convert that";
        }
        List<Path> models = list(
                folder,
                inner -> Files.isDirectory(inner)
                        && !list(inner, SourceFolder::isUsual).isEmpty());
        if (!models.isEmpty()) {
            return "no weights in this folder, but in " + some(models) + " inside it; pass "
                    + (models.size() == 1 ? "that" : "one of these");
        }
        if (!list(folder, inner -> name(inner).startsWith("models--")).isEmpty()) {
            return "a cache of models of a hub; pass the name of one of them, as owner/name, or its folder";
        }
        for (Path file : list(folder, Files::isRegularFile)) {
            String format = ForeignFormat.of(name(file));
            if (format != null) {
                return "no weights of PyTorch or in safetensors, but " + name(file) + ", " + format;
            }
        }
        return "no weights in this folder; pass the file itself (.pt, .pth, .bin, .ckpt or .safetensors)";
    }

    private static boolean isUsual(Path file) {
        return HUGGING_FACE.contains(name(file)) || OPEN_CLIP.contains(name(file));
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static String some(List<Path> files) {
        String first = files.stream().limit(3).map(SourceFolder::name).collect(Collectors.joining(", "));
        return files.size() > 3 ? first + " and " + (files.size() - 3) + " more" : first;
    }

    private static List<Path> list(Path folder, Predicate<Path> wanted) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(wanted).sorted().toList();
        } catch (IOException e) {
            throw FileErrors.cannotList(folder, e, "check its permissions");
        }
    }
}
