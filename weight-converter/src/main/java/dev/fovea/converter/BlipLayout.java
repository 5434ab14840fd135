package dev.fovea.converter;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts BLIP as Salesforce's code names it ({@code models/{vit,med,blip,blip_vqa,blip_itm}.py}) into transformers'
 * names ({@code convert_blip_original_pytorch_to_hf.py}). The configurations are those of that script too, except for
 * the vision tower's epsilon, which is the original's 1e-6.
 */
final class BlipLayout {

    private static final String CLASS_TOKEN = "visual_encoder.cls_token";
    private static final String HEAD = "text_decoder.cls.predictions.";
    private static final int HEAD_WIDTH = 64;
    private static final int START_TOKEN = 30_522;

    /** BERT's own names are transformers'. */
    private static final Renamings NAMES = new Renamings()
            .add(CLASS_TOKEN, "vision_model.embeddings.class_embedding")
            .add("visual_encoder.pos_embed", "vision_model.embeddings.position_embedding")
            .add("visual_encoder.patch_embed.proj.*", "vision_model.embeddings.patch_embedding.*")
            .add("visual_encoder.blocks.#.norm1.*", "vision_model.encoder.layers.#.layer_norm1.*")
            .add("visual_encoder.blocks.#.norm2.*", "vision_model.encoder.layers.#.layer_norm2.*")
            .add("visual_encoder.blocks.#.attn.qkv.*", "vision_model.encoder.layers.#.self_attn.qkv.*")
            .add("visual_encoder.blocks.#.attn.proj.*", "vision_model.encoder.layers.#.self_attn.projection.*")
            .add("visual_encoder.blocks.#.mlp.*", "vision_model.encoder.layers.#.mlp.*")
            .add("visual_encoder.norm.*", "vision_model.post_layernorm.*")
            .add("text_encoder.*", "text_encoder.*")
            .add("text_decoder.*", "text_decoder.*")
            .add("vision_proj.*", "vision_proj.*")
            .add("text_proj.*", "text_proj.*")
            .add("itm_head.*", "itm_head.*");

    private final SourceTensors source;
    private final Draft draft = new Draft(new LinkedHashMap<>());

    private BlipLayout(SourceTensors source) {
        this.source = source;
    }

    /** Returns whether tensors have such names. */
    static boolean isOne(SourceTensors source) {
        return source.has(CLASS_TOKEN);
    }

    /**
     * Converts the model into transformers' layout.
     *
     * @throws FoveaException if a tensor is missing, misshapen or left over
     */
    static Draft convert(SourceTensors source) {
        // Copies that training moves slowly, its queues and temperature, and positions that are computed anyway.
        source.drop(name -> name.split("\\.", 2)[0].endsWith("_m")
                || name.endsWith("queue")
                || name.equals("queue_ptr")
                || name.equals("ptr_queue")
                || name.equals("temp")
                || name.endsWith("position_ids"));
        return new BlipLayout(source).convert();
    }

    private Draft convert() {
        boolean decoder = source.hasAny("text_decoder.");
        boolean matcher = source.hasAny("itm_head.");
        boolean answerer = decoder && source.hasAny("text_encoder.") && !matcher;
        if (decoder && matcher) {
            // A checkpoint before fine-tuning has every head; the original's captioner takes its part and leaves the
            // rest.
            source.drop(name -> name.matches("(text_encoder|vision_proj|text_proj|itm_head)\\..*"));
            matcher = false;
        }
        if (!decoder && !matcher) {
            throw new ModelException(source.file() + ": a BLIP without decoder and without matching head;"
                    + " pass a checkpoint for captions, questions or matching");
        }
        Map<String, Object> vision = vision();
        int visionWidth = (int) vision.get("hidden_size");
        Map<String, Object> text = null;
        if (matcher || answerer) {
            text = text("text_encoder.", visionWidth);
        }
        if (decoder) {
            text = text("text_decoder.bert.", answerer ? width("text_decoder.bert.") : visionWidth);
            text.put("encoder_hidden_size", visionWidth);
            dropShared();
        }
        int matching =
                matcher ? Math.toIntExact(source.shape("vision_proj.weight", 2).extent(0)) : 256;
        draft.move(source, NAMES);
        String type = matcher
                ? "BlipForImageTextRetrieval"
                : answerer ? "BlipForQuestionAnswering" : "BlipForConditionalGeneration";
        configure(type, vision, text, matching);
        return draft;
    }

    private int width(String bert) {
        return Math.toIntExact(
                source.shape(bert + "embeddings.word_embeddings.weight", 2).extent(1));
    }

    private Map<String, Object> vision() {
        String from = "visual_encoder.";
        int width = Math.toIntExact(source.shape(CLASS_TOKEN, 3).extent(2));
        int patch = Math.toIntExact(
                source.shape(from + "patch_embed.proj.weight", 4).extent(3));
        long rows = source.shape(from + "pos_embed", 3).extent(1);
        int layers = source.count(from + "blocks.");
        long intermediate = layers == 0
                ? 4L * width
                : source.shape(from + "blocks.0.mlp.fc1.weight", 2).extent(0);
        Map<String, Object> sizes = new LinkedHashMap<>();
        sizes.put("model_type", "blip_vision_model");
        sizes.put("hidden_size", width);
        sizes.put("intermediate_size", intermediate);
        sizes.put("num_hidden_layers", layers);
        sizes.put("num_attention_heads", heads(width));
        sizes.put("image_size", patch * ClipLayout.grid(source.file(), rows - 1));
        sizes.put("patch_size", patch);
        sizes.put("hidden_act", "gelu");
        sizes.put("layer_norm_eps", 1e-6);
        return sizes;
    }

    /** Returns the configuration of BERT with cross-attention. */
    private Map<String, Object> text(String bert, long crossWidth) {
        int width = width(bert);
        String embeddings = bert + "embeddings.";
        int words = Math.toIntExact(
                source.shape(embeddings + "word_embeddings.weight", 2).extent(0));
        int positions = Math.toIntExact(
                source.shape(embeddings + "position_embeddings.weight", 2).extent(0));
        String list = bert + "encoder.layer.";
        int layers = source.count(list);
        long intermediate = layers == 0
                ? 4L * width
                : source.shape(list + "0.intermediate.dense.weight", 2).extent(0);
        Map<String, Object> sizes = new LinkedHashMap<>();
        sizes.put("model_type", "blip_text_model");
        sizes.put("vocab_size", words);
        sizes.put("hidden_size", width);
        sizes.put("encoder_hidden_size", crossWidth);
        sizes.put("intermediate_size", intermediate);
        sizes.put("num_hidden_layers", layers);
        sizes.put("num_attention_heads", heads(width));
        sizes.put("max_position_embeddings", positions);
        sizes.put("hidden_act", "gelu");
        sizes.put("layer_norm_eps", 1e-12);
        sizes.put("bos_token_id", START_TOKEN);
        sizes.put("eos_token_id", 2);
        sizes.put("pad_token_id", 0);
        sizes.put("sep_token_id", 102);
        sizes.put("is_decoder", true);
        return sizes;
    }

    private int heads(int width) {
        if (width % HEAD_WIDTH != 0) {
            throw new ModelException(source.file() + ": a tower of width " + width + ", expected a multiple of "
                    + HEAD_WIDTH + " as in every BLIP; is it a checkpoint of this kind of model?");
        }
        return width / HEAD_WIDTH;
    }

    /**
     * Drops the decoder's weight and bias where they are the table of words and the bias beside them, as they usually
     * are, so that they are written once.
     */
    private void dropShared() {
        dropShared(HEAD + "decoder.weight", "text_decoder.bert.embeddings.word_embeddings.weight");
        dropShared(HEAD + "decoder.bias", HEAD + "bias");
    }

    private void dropShared(String name, String other) {
        if (source.has(name) && source.isOnePlace(name, other)) {
            source.drop(name::equals);
        }
    }

    private void configure(String type, Map<String, Object> vision, Map<String, Object> text, int matching) {
        Map<String, Object> config = draft.config();
        config.put("architectures", List.of(type));
        config.put("model_type", "blip");
        config.put("projection_dim", 512);
        config.put("image_text_hidden_size", matching);
        config.put("logit_scale_init_value", 2.6592);
        config.put("tie_word_embeddings", true);
        config.put("text_config", text);
        config.put("vision_config", vision);
        int words = (int) text.get("vocab_size");
        if (words < Tokenizers.BERT_TOKENS + 1) {
            throw new ModelException(source.file() + ": has " + words + " words, fewer than BERT's "
                    + Tokenizers.BERT_TOKENS + " and a start token; is it one of Salesforce's checkpoints?");
        }
        Tokenizers.addBert(draft, (int) text.get("max_position_embeddings"));
        Map<String, Object> generation = new LinkedHashMap<>();
        generation.put("bos_token_id", START_TOKEN);
        generation.put("eos_token_id", 2);
        generation.put("pad_token_id", 0);
        draft.addJson("generation_config.json", generation);
        Map<String, Object> processor = new LinkedHashMap<>();
        int size = (int) vision.get("image_size");
        processor.put("image_processor_type", "BlipImageProcessor");
        processor.put("do_resize", true);
        processor.put("size", JsonWriter.object("height", size, "width", size));
        processor.put("resample", 3);
        processor.put("do_rescale", true);
        processor.put("rescale_factor", 1 / 255.0);
        processor.put("do_normalize", true);
        processor.put("image_mean", ClipTraits.ClipPictures.MEAN);
        processor.put("image_std", ClipTraits.ClipPictures.DEVIATION);
        processor.put("do_convert_rgb", true);
        draft.addJson("preprocessor_config.json", processor);
    }
}
