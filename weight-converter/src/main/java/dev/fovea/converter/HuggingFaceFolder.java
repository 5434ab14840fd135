package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Converts a folder in transformers' layout: names and configuration stay as they are, the weights become one {@code
 * model.safetensors}. Tensors that share their elements in the file are written once, as transformers does, which ties
 * them again when it loads.
 */
final class HuggingFaceFolder {

    private static final long LARGEST_COPY = 64L << 20;

    /** Names that are left out when another tensor shares their elements: transformers ties them to that one. */
    private static final List<String> TIED = List.of(
            "lm_head.weight",
            "cls.predictions.decoder.weight",
            "cls.predictions.decoder.bias",
            "encoder.embed_tokens.weight",
            "decoder.embed_tokens.weight");

    private HuggingFaceFolder() {}

    /**
     * Lays out the same checkpoint with one file of weights.
     *
     * @throws FoveaException if config.json is missing or says nothing about the model
     */
    static Draft convert(Path folder, SourceTensors source) {
        Path file = folder.resolve("config.json");
        Map<String, Object> config =
                new LinkedHashMap<>(JsonReader.readObject(file).fields());
        Draft draft = new Draft(config);
        Map<Object, List<Map.Entry<String, TensorView>>> shared = new LinkedHashMap<>();
        source.takeAll()
                .entrySet()
                .forEach(tensor -> shared.computeIfAbsent(place(tensor.getValue()), ignored -> new ArrayList<>())
                        .add(tensor));
        shared.values().forEach(names -> {
            Map.Entry<String, TensorView> kept = names.stream()
                    .min(Comparator.<Map.Entry<String, TensorView>, Boolean>comparing(name -> isTied(name.getKey()))
                            .thenComparing(Map.Entry::getKey))
                    .orElseThrow();
            draft.add(kept.getKey(), kept.getValue());
        });
        return draft;
    }

    private static boolean isTied(String name) {
        return TIED.stream().anyMatch(name::endsWith);
    }

    private static Object place(TensorView tensor) {
        List<Long> strides = new ArrayList<>();
        for (long stride : tensor.strides()) {
            strides.add(stride);
        }
        return List.of(
                tensor.storage().address(),
                tensor.offset(),
                tensor.dtype(),
                tensor.shape(),
                strides,
                tensor.bytes() == 0);
    }

    /**
     * Refuses a link that leads out of the folder. A folder from strangers could hold a link to somebody's secrets,
     * which would be copied to where nobody expects them. The hub's own cache consists of links into {@code
     * ../../blobs}.
     */
    private static void refuseLinkElsewhere(Path folder, Path file) throws IOException {
        Path real = file.toRealPath();
        Path home = folder.toRealPath();
        if (!real.startsWith(home)
                && !real.startsWith(home.resolve("../../blobs").normalize())) {
            throw new ModelException(file + ": is a link to a file outside of its folder; put the file itself there");
        }
    }

    /**
     * Adds the small files of a folder that belong to the weights: tokenizer, preprocessing, generation, the model's
     * card and licence.
     */
    static void copySmallFiles(Path folder, Draft draft) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                boolean wanted = name.matches("(?i).*\\.(json|txt|md|jinja|model)|licen[sc]e.*|notice.*")
                        && !name.matches("config\\.json|.*\\.index(\\..*)?\\.json|" + OpenClipConfig.NAME)
                        && !draft.files().containsKey(name);
                if (wanted && Files.isRegularFile(file) && Files.size(file) <= LARGEST_COPY) {
                    refuseLinkElsewhere(folder, file);
                    draft.copies().put(name, file);
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotList(folder, e, "check its permissions");
        }
    }
}
