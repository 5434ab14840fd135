package dev.fovea.models.clip.head;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.Weights;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps a head in a safetensors file. Its metadata name the {@code method} and the classes ({@code id2label}, a JSON
 * object as in {@code config.json}). A linear head is {@code weight [classes, dimension]} and {@code bias [classes]}. A
 * cache is {@code keys [pictures, dimension]}, {@code key_classes [pictures]} (I32) and {@code text [classes,
 * dimension]}, with {@code alpha}, {@code beta} and {@code logit_scale} in the metadata.
 */
final class HeadFile {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private HeadFile() {}

    static void write(ClassifierHead head, Path file) {
        Map<String, Object> classes = new LinkedHashMap<>();
        for (int k = 0; k < head.labels().size(); k++) {
            classes.put(Integer.toString(k), head.labels().get(k));
        }
        SafetensorsWriter writer = new SafetensorsWriter()
                .metadata("format", "pt")
                .metadata("method", head.method())
                .metadata("id2label", new String(JsonWriter.document(classes), StandardCharsets.UTF_8));
        int rows = head.labels().size();
        switch (head) {
            case LinearHead linear -> {
                writer.add(WeightData.of("weight", Shape.of(rows, linear.dimension()), linear.weight()));
                writer.add(WeightData.of("bias", Shape.of(rows), linear.bias()));
            }
            case CacheHead cache -> {
                int pictures = cache.keyClasses().length;
                byte[] bytes = new byte[pictures * Integer.BYTES];
                MemorySegment indices = MemorySegment.ofArray(bytes);
                MemorySegment.copy(cache.keyClasses(), 0, indices, INT, 0, pictures);
                writer.add(WeightData.of("keys", Shape.of(pictures, cache.dimension()), cache.keys()));
                writer.add("key_classes", DType.I32, Shape.of(pictures), indices);
                writer.add(WeightData.of("text", Shape.of(rows, cache.dimension()), cache.text()));
                writer.metadata("alpha", Double.toString(cache.alpha()));
                writer.metadata("beta", Double.toString(cache.beta()));
                writer.metadata("logit_scale", Double.toString(cache.logitFactor()));
            }
        }
        writer.write(file);
    }

    static ClassifierHead read(Path file, int dimension) {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            Map<String, String> metadata = checkpoint.metadata();
            Weights weights = Weights.of(checkpoint);
            String method = metadata.getOrDefault("method", "");
            List<String> labels = labels(file, metadata.get("id2label"));
            int classes = labels.size();
            if (weights.has("weight")) {
                return new LinearHead(
                        method,
                        labels,
                        weights.tensor("weight", Shape.of(classes, dimension)).toFloats(),
                        weights.tensor("bias", Shape.of(classes)).toFloats());
            }
            WeightData keys = weights.table("keys", dimension);
            return new CacheHead(
                    method,
                    labels,
                    keys.toFloats(),
                    classes(file, weights, (int) keys.shape().extent(0), classes),
                    weights.tensor("text", Shape.of(classes, dimension)).toFloats(),
                    number(file, metadata, "alpha"),
                    number(file, metadata, "beta"),
                    number(file, metadata, "logit_scale"));
        }
    }

    private static List<String> labels(Path file, String json) {
        JsonValue classes = json == null ? JsonValue.MISSING : JsonReader.readObject(json, file + ": id2label");
        List<String> labels = new ArrayList<>();
        while (classes.get(Integer.toString(labels.size())).isText()) {
            labels.add(classes.get(Integer.toString(labels.size())).text(""));
        }
        if (labels.isEmpty()) {
            throw broken(file, "names no classes in id2label");
        }
        return List.copyOf(labels);
    }

    private static int[] classes(Path file, Weights weights, int pictures, int classes) {
        MemorySegment data = weights.entry("key_classes").data();
        if (data.byteSize() != (long) pictures * Integer.BYTES) {
            throw broken(file, "has " + data.byteSize() + " bytes of key_classes for " + pictures + " keys");
        }
        int[] indices = new int[pictures];
        for (int i = 0; i < pictures; i++) {
            indices[i] = data.getAtIndex(INT, i);
            if (indices[i] < 0 || indices[i] >= classes) {
                throw broken(file, "has a key of class " + indices[i] + " of " + classes);
            }
        }
        return indices;
    }

    private static double number(Path file, Map<String, String> metadata, String name) {
        try {
            double number = Double.parseDouble(metadata.getOrDefault(name, "missing"));
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw broken(file, "has no finite number as " + name);
    }

    private static ModelException broken(Path file, String what) {
        return new ModelException(
                file + ": " + what + "; tune again, or remove the file to use the checkpoint without");
    }
}
