package dev.fovea.models.nn;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.FileGuess;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Guesses what a path without {@code config.json} is instead of a model's folder, to give advice on the usual mistakes.
 */
final class FolderGuess {

    private static final int LOOK_AT = 256;
    private static final int HEADER_START = 8;
    private static final int MOST_NAMES = 5;

    private FolderGuess() {}

    /** Describes what a folder without {@code config.json}, or a file, seems to be and what to do with it. */
    static String describe(Path path) {
        return Files.isDirectory(path) ? ofFolder(path) : ofFile(path);
    }

    private static String ofFolder(Path folder) {
        if (Files.exists(folder.resolve("adapter_config.json"))) {
            return ofAdapter(folder);
        }
        if (Files.exists(folder.resolve("open_clip_config.json"))) {
            return "this is open_clip's layout; make a folder that loads with Converter.convert(" + folder + ", OUT)";
        }
        if (Files.isDirectory(folder.resolve("snapshots")) && Files.isDirectory(folder.resolve("blobs"))) {
            return "this is a repository in the hub's cache; pass the folder below snapshots whose name is the commit";
        }
        List<String> models = models(folder);
        if (!models.isEmpty()) {
            String kind = Files.exists(folder.resolve("modules.json"))
                    ? "this is sentence-transformers' layout"
                    : Files.exists(folder.resolve("model_index.json"))
                            ? "this is a pipeline of diffusers"
                            : "this folder holds models";
            return kind + "; pass one of its sub-folders: " + String.join(", ", models);
        }
        if (has(folder, "*.{pt,pth,bin,ckpt}")) {
            return "this folder holds PyTorch weights without a configuration; convert the file of weights with"
                    + " Converter.convert(FILE, OUT)";
        }
        if (has(folder, "*.gguf") || has(folder, "*.onnx")) {
            return "this folder holds GGUF or ONNX files, which Fovea does not read; take the checkpoint's safetensors";
        }
        return "expected a checkpoint folder as downloaded from the hub";
    }

    private static String ofAdapter(Path folder) {
        String base;
        try {
            base = ConfigFile.optional(folder, "adapter_config.json").text("base_model_name_or_path", "its base model");
        } catch (FoveaException broken) {
            base = "its base model";
        }
        return "this is an adapter (PEFT) for " + base
                + " and no whole model; load that and merge this folder with LoadOptions.withAdapter(FOLDER)";
    }

    private static String ofFile(Path file) {
        String what;
        try (var stream = Files.newInputStream(file)) {
            byte[] start = stream.readNBytes(LOOK_AT);
            boolean safetensors =
                    start.length > HEADER_START && start[HEADER_START] == '{' && start[HEADER_START - 1] == 0;
            what = safetensors ? null : FileGuess.describe(MemorySegment.ofArray(start));
        } catch (IOException e) {
            return "this is no folder and cannot be read (" + e.getMessage() + "); check its permissions";
        }
        return what != null
                ? "this is no folder but " + what
                : "this is a file; pass the folder that holds it with its config.json and tokenizer, or make one with"
                        + " Converter.convert(FILE, OUT)";
    }

    /** Lists the sub-folders that hold a configuration. */
    private static List<String> models(Path folder) {
        List<String> models = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path child : children) {
                if (Files.exists(child.resolve("config.json"))) {
                    models.add(child.getFileName().toString());
                }
            }
        } catch (IOException unreadable) {
            return List.of();
        }
        Collections.sort(models);
        return models.size() <= MOST_NAMES ? models : models.subList(0, MOST_NAMES);
    }

    private static boolean has(Path folder, String pattern) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
            return found.iterator().hasNext();
        } catch (IOException unreadable) {
            return false;
        }
    }
}
