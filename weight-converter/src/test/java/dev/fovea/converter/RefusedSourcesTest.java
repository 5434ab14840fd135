package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What would compute something else than CLIP, BLIP or Florence-2 does is refused, and nothing is left behind. */
class RefusedSourcesTest {

    @TempDir
    Path directory;

    private void refused(Path source, Converter converter, String... words) {
        Path output = directory.resolve("converted");
        FoveaException e = assertThrows(FoveaException.class, () -> converter.convert(source, output));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), e.getMessage());
        }
        assertFalse(Files.exists(output));
        assertFalse(Files.exists(directory.resolve(".converted.converting")));
        assertFalse(Files.exists(directory.resolve(".converted.converting.lock")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"width\": 48|\"width\": 48, \"timm_model_name\": \"vit_base\"|model_cfg.vision_cfg.timm_model_name",
                "\"width\": 48|\"width\": 48, \"no_ln_pre\": true|model_cfg.vision_cfg.no_ln_pre is true",
                "\"width\": 48|\"width\": 48, \"pool_type\": \"avg\"|model_cfg.vision_cfg.pool_type is \"avg\"",
                "\"width\": 48|\"width\": 48, \"attentional_pool\": true|model_cfg.vision_cfg.attentional_pool",
                "\"width\": 48|\"width\": 48, \"ls_init_value\": 0.1|model_cfg.vision_cfg.ls_init_value",
                "\"width\": 48|\"width\": 48, \"something_new\": 1|model_cfg.vision_cfg.something_new",
                "\"width\": 16|\"width\": 16, \"hf_model_name\": \"xlm\"|model_cfg.text_cfg.hf_model_name",
                "\"width\": 16|\"width\": 16, \"no_causal_mask\": true|model_cfg.text_cfg.no_causal_mask",
                "\"width\": 16|\"width\": 16, \"pool_type\": \"last\"|model_cfg.text_cfg.pool_type",
                "\"width\": 16|\"width\": 16, \"proj_bias\": true|model_cfg.text_cfg.proj_bias",
                "\"embed_dim\": 20|\"embed_dim\": 20, \"init_logit_bias\": -10|model_cfg.init_logit_bias",
                "\"embed_dim\": 20|\"embed_dim\": 20, \"multimodal_cfg\": {\"heads\": 8}|model_cfg.multimodal_cfg",
                "\"squash\"|\"longest\"|preprocess_cfg.resize_mode is \"longest\"",
                "\"head_width\": 12|\"head_width\": 7|cannot be split into heads"
            })
    void openClipOfAnotherDesign(String from, String to, String complaint) throws IOException {
        Path source = Case.named("open-clip-bin").unpack(directory.resolve("source"));
        Path config = source.resolve(OpenClipConfig.NAME);
        String text = Files.readString(config);
        assertTrue(text.contains(from), text);
        Files.writeString(config, text.replace(from, to));
        refused(source, new Converter(), complaint);
    }

    @Test
    void anActivationThatNobodyTells() throws IOException {
        Path source = Case.named("open-clip-training").unpack(directory.resolve("source"));
        Files.delete(source.resolve(OpenClipConfig.NAME));
        refused(source, new Converter(), "quick_gelu or gelu", "--activation");
        Path file = source.resolve("epoch_1.pt");
        // Heads of 8 are told by the configuration alone; of 64 this tower has none.
        refused(file, new Converter().activation("gelu"), "cannot be split into heads");
    }

    @Test
    void tensorsThatHaveNoPlace() {
        Path file = directory.resolve("model.safetensors");
        new SafetensorsWriter()
                .add(WeightData.of("visual.conv1.weight", Shape.of(1), 1))
                .add(WeightData.of("token_embedding.weight", Shape.of(1), 1))
                .add(WeightData.of("logit_bias", Shape.of(1), 1))
                .write(file);
        refused(file, new Converter().activation("gelu"), "SigLIP");
    }

    @Test
    void numbersThatDoNotFit() {
        Path folder = directory.resolve("source");
        SmallClip.write(folder, WeightData.of("fc.weight", Shape.of(1, 2), 1e5f, 1));
        refused(folder, new Converter().precision(DType.F16), "holds 100000.0, too large for F16; convert to bf16");
        SmallClip.write(folder, WeightData.of("fc.weight", Shape.of(1, 2), Float.POSITIVE_INFINITY, 1));
        refused(folder, new Converter().precision(DType.I8), "holds Infinity");
    }

    @Test
    void twoAtOnce() throws IOException {
        Path folder = SmallClip.write(directory.resolve("source"));
        Path output = directory.resolve("busy");
        try (OutputFolder busy = OutputFolder.create(output)) {
            FoveaException e = assertThrows(FoveaException.class, () -> new Converter().convert(folder, output));
            assertTrue(e.getMessage().contains("is being written by another conversion"), e.getMessage());
            Files.writeString(busy.path().resolve("half"), "half");
        }
        assertFalse(Files.exists(output));
        Path litter = Files.createDirectory(directory.resolve(".busy.converting"));
        Files.writeString(litter.resolve("model.safetensors"), "half");
        new Converter().convert(folder, output);
        assertFalse(Files.exists(litter));
        assertFalse(Files.exists(output.resolve("half")));
    }
}
