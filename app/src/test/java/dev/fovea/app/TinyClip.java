package dev.fovea.app;

import dev.fovea.models.inspection.Checkpoints;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Writes whole CLIP checkpoints with random weights, so small that a command takes milliseconds. */
public final class TinyClip {

    static final int TOKENS = 16;

    private static final String CONFIG = """
            {"model_type": "clip", "projection_dim": 8,
             "text_config": {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 1, \
             "num_attention_heads": 2,
               "vocab_size": 514, "max_position_embeddings": 16, "eos_token_id": 513},
             "vision_config": {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 1, \
             "num_attention_heads": 2,
               "image_size": 16, "patch_size": 8}}
            """;

    /** The vision tower of {@link #writeResNet}. */
    private static final String RESNET_TOWER = """
            "vision_config": {"model_type": "clip_resnet_vision_model", "layers": [1, 1, 1, 1], "width": 2, \
            "num_attention_heads": 2,
               "image_size": 32}}
            """;

    private static final String PREPROCESSOR = """
            {"image_processor_type": "CLIPImageProcessor", "do_resize": true, "size": {"shortest_edge": 16}, \
            "resample": 3,
             "do_center_crop": true, "crop_size": {"height": 16, "width": 16}, "do_rescale": true, "do_normalize": true,
             "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_convert_rgb": true}
            """;

    private TinyClip() {}

    /** A complete folder; the same numbers every time. */
    public static Path write(Path folder) throws IOException {
        return write(folder, Set.of());
    }

    /** Writes the model without some tensors, and returns its folder. */
    public static Path write(Path folder, Set<String> without) throws IOException {
        return write(folder, without, CONFIG, PREPROCESSOR);
    }

    /** A complete folder with a ResNet for pictures. */
    static Path writeResNet(Path folder, String... without) throws IOException {
        String config = CONFIG.substring(0, CONFIG.indexOf("\"vision_config\"")) + RESNET_TOWER;
        return write(folder, Set.of(without), config, PREPROCESSOR.replace("16", "32"));
    }

    private static Path write(Path folder, Set<String> without, String config, String preprocessor) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config);
        Files.writeString(folder.resolve("preprocessor_config.json"), preprocessor);
        Files.writeString(folder.resolve("vocab.json"), vocabulary());
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
        Random random = new Random(7);
        SafetensorsWriter writer = new SafetensorsWriter();
        new SafetensorsWriter().write(folder.resolve("model.safetensors"));
        Checkpoints.inspect(folder).missing().forEach((name, shape) -> {
            ByteBuffer data =
                    ByteBuffer.allocate((int) shape.elements() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                float value = (float) random.nextGaussian(0, 0.3);
                data.putFloat(name.endsWith("running_var") ? 0.5f + Math.abs(value) : value);
            }
            if (!without.contains(name)) {
                writer.add(name, DType.F32, shape, MemorySegment.ofArray(data.array()));
            }
        });
        writer.write(folder.resolve("model.safetensors"));
        return folder;
    }

    /** Every byte as a token, inside a word and at its end, as CLIP's byte-level vocabulary begins. */
    private static String vocabulary() {
        List<String> tokens = new ArrayList<>();
        int strange = 256;
        for (int letter = 0; letter < 256; letter++) {
            boolean readable = letter >= '!' && letter <= '~' || letter >= 0xA1 && letter != 0xAD;
            tokens.add(Character.toString(readable ? letter : strange++));
        }
        tokens.addAll(tokens.stream().map(token -> token + "</w>").toList());
        tokens.addAll(List.of("<|startoftext|>", "<|endoftext|>"));
        StringBuilder json = new StringBuilder("{");
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id).replace("\\", "\\\\").replace("\"", "\\\"");
            json.append(id == 0 ? "" : ",")
                    .append('"')
                    .append(token)
                    .append("\":")
                    .append(id);
        }
        return json.append('}').toString();
    }
}
