package dev.fovea.converter;

import dev.fovea.converter.pytorch.Pickles;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** A whole CLIP in transformers' layout that loads in milliseconds, and files with its weights under other names. */
final class SmallClip {

    private static final Path WEIGHTS =
            Path.of("../models/src/test/resources/dev/fovea/models/clip/cases/config-dicts");

    private static final int TOKENS = 64;

    private static final String PREPROCESSOR = """
            {"image_processor_type": "CLIPImageProcessor", "do_resize": true, "size": {"shortest_edge": 24}, \
            "resample": 3,
             "do_center_crop": true, "crop_size": {"height": 24, "width": 24}, "do_rescale": true, "do_normalize": true,
             "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_convert_rgb": true}
            """;

    private SmallClip() {}

    /** A folder with everything but weights. */
    static Path writeWithoutWeights(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), Files.readString(WEIGHTS.resolve("config.json")));
            addSmallFiles(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds tokenizer and preprocessing to a folder that lacks them. */
    static void addSmallFiles(Path folder) throws IOException {
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        for (char letter = '!'; vocabulary.size() < TOKENS - 2; letter++) {
            vocabulary.put(String.valueOf(letter), vocabulary.size());
        }
        vocabulary.put("<|startoftext|>", TOKENS - 2);
        vocabulary.put("<|endoftext|>", TOKENS - 1);
        Files.write(folder.resolve("vocab.json"), JsonWriter.document(vocabulary));
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
        Files.writeString(folder.resolve("preprocessor_config.json"), PREPROCESSOR);
    }

    /** A whole folder, with more tensors beside the model's. */
    static Path write(Path folder, WeightData... more) {
        writeWithoutWeights(folder);
        return safetensors(folder.resolve("model.safetensors"), name -> new String[] {name}, Map.of(), more)
                .getParent();
    }

    /**
     * Writes the weights in safetensors.
     *
     * @param names the names that a tensor is to have; none leaves it out
     */
    static Path safetensors(
            Path file, Function<String, String[]> names, Map<String, String> metadata, WeightData... more) {
        SafetensorsWriter writer = new SafetensorsWriter();
        metadata.forEach(writer::metadata);
        try (Checkpoint checkpoint = Checkpoint.open(WEIGHTS)) {
            for (TensorEntry tensor : checkpoint.tensors()) {
                for (String name : names.apply(tensor.name())) {
                    writer.add(new TensorEntry(name, tensor.type(), tensor.shape(), tensor.data(), "memory"));
                }
            }
            for (WeightData weight : more) {
                writer.add(weight);
            }
            writer.write(file);
        }
        return file;
    }

    /**
     * Writes the weights as torch.save does.
     *
     * @param wrapper the entry of a training checkpoint with the weights, an empty string for the weights alone
     * @param names the names that a tensor is to have; none leaves it out
     */
    static Path pytorch(Path file, String wrapper, Function<String, String[]> names) {
        Pickles pickle = new Pickles();
        Map<String, byte[]> storages = new LinkedHashMap<>();
        if (!wrapper.isEmpty()) {
            pickle.ops("}(").text("epoch").number(3).text(wrapper);
        }
        pickle.ops("}(");
        try (Checkpoint checkpoint = Checkpoint.open(WEIGHTS)) {
            for (TensorEntry tensor : checkpoint.tensors()) {
                long[] extents = tensor.shape().extents();
                long[] strides = new long[extents.length];
                long stride = 1;
                for (int axis = strides.length - 1; axis >= 0; axis--) {
                    strides[axis] = stride;
                    stride *= extents[axis];
                }
                for (String name : names.apply(tensor.name())) {
                    pickle.tensor(name, tensor.name(), stride, 0, extents, strides);
                }
                storages.put(tensor.name(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return Pickles.write(
                file, Pickles.zip(pickle.ops(wrapper.isEmpty() ? "u" : "uu").end(), storages));
    }

    /** What a folder makes of a picture. */
    static float[] embedding(Path folder, Backend backend) {
        try (Clip clip = Clip.load(folder, backend)) {
            return clip.embed(SamplePictures.all().getFirst());
        }
    }
}
