package dev.fovea.studio.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A CLIP of the tests, written in other ways: under timm's names, and with factors of LayerScale. */
class OtherNamesInsideTest {

    private static final Path CLIP = Path.of("../models/src/test/resources/dev/fovea/models/clip/cases/head-dim-10");
    private static final Picture PICTURE = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));
    private static final String VISION = "vision_model.";
    private static final int HIDDEN = 40;
    private static final int DIMENSION = 24;

    @TempDir
    private Path folder;

    private static float[] random(int length, long seed, double least, double most) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(least, most);
        }
        return values;
    }

    private static float[] unit() {
        float[] text = random(DIMENSION, 1, -1, 1);
        double length = LinearAlgebra.length(Readout.slice(text));
        for (int i = 0; i < text.length; i++) {
            text[i] /= (float) length;
        }
        return text;
    }

    private static Map<String, WeightData> weights() {
        Map<String, WeightData> weights = new LinkedHashMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(CLIP)) {
            Weights all = Weights.of(checkpoint);
            for (String name : all.names()) {
                WeightData weight = all.tensor(name);
                weights.put(name, WeightData.of(name, weight.shape(), weight.toFloats()));
            }
        }
        return weights;
    }

    private Clip clip(String name, Map<String, WeightData> weights, Consumer<ObjectNode> vision) throws IOException {
        Path folder = Files.createDirectory(this.folder.resolve(name));
        Path mini = Models.folder("clip-mini", LoadOptions.DEFAULTS);
        for (String file : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
            Files.copy(mini.resolve(file), folder.resolve(file));
        }
        String steps = Files.readString(mini.resolve("preprocessor_config.json"));
        Files.writeString(folder.resolve("preprocessor_config.json"), steps.replace("80", "48"));
        ObjectNode config = (ObjectNode) new ObjectMapper().readTree(Files.readString(CLIP.resolve("config.json")));
        vision.accept((ObjectNode) config.get("vision_config"));
        Files.writeString(folder.resolve("config.json"), config.toString());
        SafetensorsWriter writer = new SafetensorsWriter();
        weights.values().forEach(writer::add);
        writer.write(folder.resolve("model.safetensors"));
        return Clip.load(folder);
    }

    private static void put(Map<String, WeightData> weights, String name, Shape shape, float[] values) {
        weights.put(name, WeightData.of(name, shape, values));
    }

    /** MobileCLIP B and L-14: queries, keys and values in one matrix, and a projection with a bias. */
    @Test
    void timmsLayersAreRead() throws IOException {
        Map<String, WeightData> source = weights();
        Map<String, WeightData> weights = new LinkedHashMap<>();
        source.forEach((name, weight) -> {
            if (!name.startsWith(VISION) && !name.equals("visual_projection.weight")) {
                weights.put(name, weight);
            }
        });
        Map<String, String> same = new LinkedHashMap<>();
        same.put("embeddings.patch_embedding.weight", "patch_embed.proj.weight");
        for (String part : List.of("weight", "bias")) {
            same.put("pre_layrnorm." + part, "norm_pre." + part);
            same.put("post_layernorm." + part, "norm." + part);
            for (int layer = 0; layer < 2; layer++) {
                String from = "encoder.layers." + layer + ".";
                String to = "blocks." + layer + ".";
                same.put(from + "layer_norm1." + part, to + "norm1." + part);
                same.put(from + "layer_norm2." + part, to + "norm2." + part);
                same.put(from + "mlp.fc1." + part, to + "mlp.fc1." + part);
                same.put(from + "mlp.fc2." + part, to + "mlp.fc2." + part);
                same.put(from + "self_attn.out_proj." + part, to + "attn.proj." + part);
                float[] fused = new float[3 * HIDDEN * (part.equals("bias") ? 1 : HIDDEN)];
                for (int i = 0; i < 3; i++) {
                    float[] one = source.get(VISION + from + "self_attn." + "qkv".charAt(i) + "_proj." + part)
                            .toFloats();
                    System.arraycopy(one, 0, fused, i * one.length, one.length);
                }
                Shape shape = part.equals("bias") ? Shape.of(3 * HIDDEN) : Shape.of(3 * HIDDEN, HIDDEN);
                put(weights, VISION + to + "attn.qkv." + part, shape, fused);
            }
        }
        same.forEach((from, to) -> {
            WeightData weight = source.get(VISION + from);
            put(weights, VISION + to, weight.shape(), weight.toFloats());
        });
        float[] token = source.get(VISION + "embeddings.class_embedding").toFloats();
        float[] positions =
                source.get(VISION + "embeddings.position_embedding.weight").toFloats();
        put(weights, VISION + "cls_token", Shape.of(1, 1, HIDDEN), token);
        put(weights, VISION + "pos_embed", Shape.of(1, positions.length / HIDDEN, HIDDEN), positions);
        float[] projection = source.get("visual_projection.weight").toFloats();
        put(weights, VISION + "head.weight", Shape.of(DIMENSION, HIDDEN), projection);
        put(weights, VISION + "head.bias", Shape.of(DIMENSION), random(DIMENSION, 2, -0.5, 0.5));
        try (Clip clip = clip("clip", source, vision -> {});
                Clip timm = clip(
                        "timm",
                        weights,
                        vision -> vision.put("model_type", "timm_vit_vision_model")
                                .put("patch_bias", false)
                                .put("pre_norm", true))) {
            PicturePass own = ClipInside.of(clip).see(PICTURE);
            PicturePass pass = ClipInside.of(timm).see(PICTURE);
            assertArrayEquals(timm.embed(PICTURE), pass.embedding());
            for (int layer = 0; layer < 2; layer++) {
                for (int head = 0; head < 4; head++) {
                    assertArrayEquals(
                            own.tower().attention(layer, head, 0), pass.tower().attention(layer, head, 0), 1e-5f);
                }
            }
            requireSum(pass);
        }
    }

    @Test
    void factorsOfLayerScaleHavePartInTheSum() throws IOException {
        Map<String, WeightData> weights = weights();
        for (int layer = 0; layer < 2; layer++) {
            for (int part = 1; part <= 2; part++) {
                String name = VISION + "encoder.layers." + layer + ".layer_scale" + part + ".lambda1";
                put(weights, name, Shape.of(HIDDEN), random(HIDDEN, 10 * layer + part, 0.3, 2));
            }
        }
        try (Clip clip = clip("scaled", weights, vision -> vision.put("layer_scale", true))) {
            PicturePass pass = ClipInside.of(clip).see(PICTURE);
            assertArrayEquals(clip.embed(PICTURE), pass.embedding());
            requireSum(pass);
            PicturePass shuffled = pass.inside().shuffled(2, 1).see(PICTURE);
            requireSum(shuffled);
        }
    }

    private static void requireSum(PicturePass pass) {
        float[] text = unit();
        Contributions parts = Contributions.of(pass, text);
        assertEquals(parts.cosine(), parts.sum(), 1e-5);
        assertEquals(parts.cosine(), LogitLens.of(pass, List.of(text))[2][0], 1e-5);
        double heads = 0;
        for (int layer = 0; layer < 2; layer++) {
            for (int head = 0; head < 4; head++) {
                heads += parts.head(layer, head);
            }
        }
        double ofTerms = parts.terms().stream()
                .filter(term -> term.name().equals("heads"))
                .mapToDouble(Contributions.Term::value)
                .sum();
        assertEquals(ofTerms, heads, 1e-9);
    }
}
