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
import java.util.Random;
import java.util.Set;

/** Very small classifiers with random weights, written as they come from the hub. */
final class TinyClassifier {

    static final String RESNET = """
            {"architectures": ["ResNetForImageClassification"], "model_type": "resnet", "embedding_size": 4, \
            "hidden_sizes": [8, 16],
             "depths": [1, 1], "layer_type": "bottleneck", "id2label": {"0": "tench", "1": "goldfish", \
             "2": "great white shark"}}
            """;

    static final String VIT = """
            {"architectures": ["ViTForImageClassification"], "model_type": "vit", "hidden_size": 8, \
            "intermediate_size": 16,
             "num_hidden_layers": 1, "num_attention_heads": 2, "patch_size": 8, "image_size": 16,
             "id2label": {"0": "a", "1": "b", "2": "c", "3": "d", "4": "e", "5": "f", "6": "g"}}
            """;

    static final String DINOV2 = """
            {"architectures": ["Dinov2ForImageClassification"], "model_type": "dinov2", "hidden_size": 8,
             "num_hidden_layers": 1, "num_attention_heads": 2, "patch_size": 8, "image_size": 16,
             "id2label": {"0": "a", "1": "b", "2": "c"}}
            """;

    static final String CONVNEXT_OF_TIMM = """
            {"architecture": "convnext_tiny", "num_classes": 3, "global_pool": "avg",
             "model_args": {"depths": [1, 1], "dims": [4, 8]},
             "pretrained_cfg": {"input_size": [3, 16, 16], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
            """;

    private static final String PREPROCESSOR = """
            {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 16, "crop_pct": 0.875, "do_resize": true,
             "do_normalize": true, "resample": 3, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, \
             0.225]}
            """;

    private TinyClassifier() {}

    /**
     * A complete folder but for some tensors; the same numbers every time.
     *
     * @param config such as {@link #RESNET}
     */
    static Path write(Path folder, String config, String... without) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config);
        Files.writeString(folder.resolve("preprocessor_config.json"), PREPROCESSOR);
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
            if (!Set.of(without).contains(name)) {
                writer.add(name, DType.F32, shape, MemorySegment.ofArray(data.array()));
            }
        });
        writer.write(folder.resolve("model.safetensors"));
        return folder;
    }
}
