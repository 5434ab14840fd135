package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.files.OutputFolder;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What would compute something else than CLIP, BLIP or Florence-2 does is refused, and nothing is left behind. */
class RefusedSourcesTest {

    @TempDir
    Path directory;

    private void refused(Path source, Converter converter, String... words) {
        Path output = directory.resolve("converted");
        FoveaException e = assertThrows(ModelException.class, () -> converter.convert(source, output));
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
                "\"width\": 16|\"width\": 16, \"ls_init_value\": 0.1|model_cfg.text_cfg.ls_init_value",
                "\"width\": 48|\"width\": 48, \"something_new\": 1|model_cfg.vision_cfg.something_new",
                "\"width\": 16|\"width\": 16, \"hf_model_name\": \"xlm\"|model_cfg.text_cfg.hf_model_name is \"xlm\","
                        + " expected roberta-base",
                "\"width\": 16|\"width\": 16, \"hf_model_name\": \"roberta-base\", \"hf_pooler_type\":"
                        + " \"cls_pooler\"|hf_pooler_type is \"cls_pooler\", expected mean_pooler or",
                "\"width\": 16|\"width\": 16, \"pool_type\": \"last\"|model_cfg.text_cfg.pool_type",
                "\"width\": 16|\"width\": 16, \"proj_bias\": true|model_cfg.text_cfg.proj_bias",
                "\"embed_dim\": 20|\"embed_dim\": 20, \"multimodal_cfg\": {\"heads\": 8}|nothing: this is a CoCa",
                "\"width\": 48|\"width\": 48, \"timm_model_name\": \"vit_base_patch16_siglip_224\"|"
                        + "vision_cfg.timm_pool is missing, expected \"map\"",
                "\"width\": 48|\"width\": 48, \"timm_model_name\": \"vit_base_patch16_siglip_224\","
                        + " \"timm_pool\": \"map\"|text_cfg.proj_bias is missing, expected true",
                "\"width\": 48|\"width\": 48, \"timm_model_name\": \"fastvit_mci0\", \"timm_pool\":"
                        + " \"max\"|vision_cfg.timm_pool is \"max\"",
                "\"squash\"|\"longest\"|preprocess_cfg.resize_mode is \"longest\"",
                "\"head_width\": 12|\"head_width\": 7|cannot be split into heads",
                "\"image_size\": 48|\"image_size\": 64|vision_cfg.image_size of its open_clip_config.json is 64, but"
                        + " the weights have 48",
                "\"image_size\": 48|\"image_size\": [48, 32]|vision_cfg.image_size is [48, 32], expected a square",
                "\"embed_dim\": 20|\"embed_dim\": 21|model_cfg.embed_dim of its",
                "\"width\": 16|\"width\": 16, \"context_length\": 64|text_cfg.context_length of its",
                "\"width\": 16|\"width\": 16, \"vocab_size\": 32000|text_cfg.vocab_size of its",
                "\"width\": 16|\"width\": 16, \"hf_tokenizer_name\": \"xlm-roberta-base\"|hf_tokenizer_name is"
                        + " \"xlm-roberta-base\"",
                "\"width\": 16|\"width\": 16, \"tokenizer_kwargs\": {\"clean\":"
                        + " \"canonicalize\"}|tokenizer_kwargs.clean is",
                "\"width\": 16|\"width\": 16, \"tokenizer_kwargs\": {\"clean\":"
                        + " \"whitespace\"}|tokenizer_kwargs.clean is",
                "\"width\": 16|\"width\": 16, \"tokenizer_kwargs\": {\"reduction_mask\":"
                        + " \"syntax\"}|tokenizer_kwargs.reduction_mask",
                "\"width\": 16|\"width\": 16, \"tokenizer_kwargs\": {\"strip_sep_token\":"
                        + " true}|tokenizer_kwargs.strip_sep_token",
                "\"width\": 16|\"width\": 16, \"tokenizer_kwargs\": {\"additional_special_tokens\": [\"<x>\"]}"
                        + "|tokenizer_kwargs.additional_special_tokens",
                "\"width\": 16|\"width\": 16, \"tokenizer_mode\": \"clips\"|text_cfg.tokenizer_mode",
                "\"width\": 16|\"width\": 16, \"embed_cls\": true|text_cfg.embed_cls",
                "\"width\": 16|\"width\": 16, \"pool_type\": \"eos\"|text_cfg.eos_id",
                "\"width\": 48|\"width\": 48, \"norm_kwargs\": {\"elementwise_affine\":"
                        + " true}|norm_kwargs.elementwise_affine",
                "\"width\": 48|\"width\": 48, \"act_kwargs\": {\"approximate\": \"erf\"}|act_kwargs.approximate is"
                        + " \"erf\", expected tanh or none",
                "\"width\": 16|\"width\": 16, \"act_kwargs\": {\"inplace\": true}|text_cfg.act_kwargs.inplace"
            })
    void openClipOfAnotherDesign(String from, String to, String complaint) throws IOException {
        Path source = Case.named("open-clip-bin").unpack(directory.resolve("source"));
        Path config = source.resolve(OpenClipConfig.NAME);
        String text = Files.readString(config);
        assertTrue(text.contains(from), text);
        Files.writeString(config, text.replace(from, to));
        refused(source, new Converter(), complaint);
    }

    /** What says the same as nothing, and the names of CLIP's own tokenizer. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"hf_tokenizer_name\": \"\", \"tokenizer_kwargs\": {}",
                "\"hf_tokenizer_name\": null, \"tokenizer_kwargs\": null, \"act_kwargs\": {}",
                "\"hf_tokenizer_name\": \"openai/clip-vit-large-patch14\", \"tokenizer_kwargs\": {\"clean\":"
                        + " \"whitespace\"}",
                "\"tokenizer_kwargs\": {\"clean\": \"lower\", \"reduction_mask\": \"\"}, \"norm_kwargs\": {\"eps\":"
                        + " 1e-5}",
                "\"context_length\": 77, \"vocab_size\": 49408, \"embed_cls\": false"
            })
    void openClipThatSaysTheUsual(String more) throws IOException {
        Path source = Case.named("open-clip-bin").unpack(directory.resolve("source"));
        Path config = source.resolve(OpenClipConfig.NAME);
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"width\": 16", "\"width\": 16, " + more));
        assertEquals(
                "clip",
                new Converter().convert(source, directory.resolve("converted")).architecture());
        assertEquals(49407, endToken(directory.resolve("converted")));
    }

    private static int endToken(Path folder) {
        return JsonReader.readObject(folder.resolve("config.json"))
                .get("text_config")
                .get("eos_token_id")
                .integer(-1);
    }

    /**
     * Another tokenizer whose files lie beside the weights goes with them, and a text is read at its largest id as
     * open_clip does.
     */
    @Test
    void openClipWithAnotherTokenizer() throws IOException {
        Path source = Case.named("open-clip-bin").unpack(directory.resolve("source"));
        Path config = source.resolve(OpenClipConfig.NAME);
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"width\": 16", "\"width\": 16, \"hf_tokenizer_name\": \"own/words\""));
        SmallClip.addSmallFiles(source);
        Path converted = directory.resolve("converted");
        new Converter().convert(source, converted);
        assertEquals(-1, Files.mismatch(source.resolve("vocab.json"), converted.resolve("vocab.json")));
        assertEquals(2, endToken(converted));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"normalize_before\": false|\"normalize_before\": true|text_config.normalize_before",
                "\"add_final_layer_norm\": false|\"add_final_layer_norm\": true|text_config.add_final_layer_norm",
                "\"learned_abs_2d\"|\"sine\"|vision_config.image_pos_embed.type is \"sine\"",
                "\"COSINE\"|\"LEARNED\"|visual_temporal_embedding.type is \"LEARNED\"",
                "\"temporal_avg_pool\"|\"last_frame\"|vision_config.image_feature_source"
            })
    void florenceOfAnotherDesign(String from, String to, String complaint) throws IOException {
        Path original = Path.of("../models/src/test/resources/dev/fovea/models/florence/cases/microsoft");
        Path source = Files.createDirectory(directory.resolve("source"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json")) {
            Files.copy(original.resolve(name), source.resolve(name));
        }
        String text = Files.readString(source.resolve("config.json"));
        assertTrue(text.contains(from), text);
        Files.writeString(source.resolve("config.json"), text.replace(from, to));
        refused(source, new Converter(), complaint);
    }

    @Test
    void anActivationThatNobodyTells() throws IOException {
        Path source = Case.named("open-clip-training").unpack(directory.resolve("source"));
        Files.delete(source.resolve(OpenClipConfig.NAME));
        refused(source, new Converter(), "quick_gelu or gelu", "Converter.activation");
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
        try (OutputFolder busy = OutputFolder.create(output, "converting")) {
            FoveaException e = assertThrows(FoveaException.class, () -> new Converter().convert(folder, output));
            assertTrue(e.getMessage().contains("is being written by another process"), e.getMessage());
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
