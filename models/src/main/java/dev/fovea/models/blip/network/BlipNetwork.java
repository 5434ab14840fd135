package dev.fovea.models.blip.network;

import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.safetensors.Weights;

/** The network of a BLIP checkpoint of each kind (Li et al. 2022, figure 2). */
public sealed interface BlipNetwork {

    /** Returns the image encoder, which all kinds have. */
    BlipVisionTower vision();

    /** Takes the weights of a kind. */
    public static BlipNetwork of(BlipKind kind, Parameters model, BlipConfig config) {
        return switch (kind) {
            case CAPTIONER -> Captioner.of(model, config);
            case ANSWERER -> Answerer.of(model, config);
            case MATCHER -> Matcher.of(model, config);
            case ENCODER -> DualEncoder.of(model, config);
        };
    }

    /**
     * {@code BlipForConditionalGeneration}: a decoder with cross-attention to the picture.
     *
     * @param decoder writes the caption
     */
    record Captioner(BlipVisionTower vision, BlipTextDecoder decoder) implements BlipNetwork {
        /** Takes the weights, from the checkpoint's top level. */
        public static Captioner of(Parameters model, BlipConfig config) {
            BlipVisionTower vision = new BlipVisionTower(model, config.vision());
            return new Captioner(vision, new BlipTextDecoder(model, config.text(), pictureSize(config)));
        }
    }

    /**
     * {@code BlipForQuestionAnswering}: an encoder with cross-attention to the picture, and a decoder with
     * cross-attention to the encoder states.
     *
     * @param encoder reads the question
     * @param decoder writes the answer
     */
    record Answerer(BlipVisionTower vision, BlipTextTower encoder, BlipTextDecoder decoder) implements BlipNetwork {
        /** Takes the weights, from the checkpoint's top level. */
        public static Answerer of(Parameters model, BlipConfig config) {
            BlipVisionTower vision = new BlipVisionTower(model, config.vision());
            BlipTextTower encoder = lookingEncoder(model, config);
            return new Answerer(vision, encoder, new BlipTextDecoder(model, config.text(), pictureSize(config)));
        }
    }

    /**
     * {@code BlipForImageTextRetrieval}: an encoder with cross-attention to the picture, and embeddings of both made
     * separately.
     *
     * @param encoder reads the text
     * @param pictureProjection makes the picture's embedding
     * @param textProjection makes the text's embedding
     * @param head scores "no match" and "match"
     */
    record Matcher(
            BlipVisionTower vision, BlipTextTower encoder, Linear pictureProjection, Linear textProjection, Linear head)
            implements BlipNetwork {
        /** Takes the weights, from the checkpoint's top level. */
        public static Matcher of(Parameters model, BlipConfig config) {
            return new Matcher(
                    new BlipVisionTower(model, config.vision()),
                    lookingEncoder(model, config),
                    model.linear("vision_proj", pictureSize(config), config.matchingDim()),
                    model.linear("text_proj", textSize(config), config.matchingDim()),
                    model.linear("itm_head", textSize(config), 2));
        }
    }

    /**
     * {@code BlipModel}: two encoders that are independent of each other, and a temperature.
     *
     * @param encoder reads the text
     * @param pooler BERT's layer for the first token
     * @param pictureProjection makes the picture's embedding
     * @param textProjection makes the text's embedding
     * @param logitFactor the factor that turns cosines into logits
     */
    record DualEncoder(
            BlipVisionTower vision,
            BlipTextTower encoder,
            Linear pooler,
            Linear pictureProjection,
            Linear textProjection,
            float logitFactor)
            implements BlipNetwork {
        /** Takes the weights, from the checkpoint's top level. */
        public static DualEncoder of(Parameters model, BlipConfig config) {
            BlipConfig.Text text = config.text();
            // The text model of transformers has cross-attention, which this model does not use: its tensors are known
            // and have no effect.
            Weights weights = model.at("text_model").weights();
            weights.names().stream()
                    .filter(name -> name.contains(".crossattention."))
                    .forEach(weights::entry);
            return new DualEncoder(
                    new BlipVisionTower(model, config.vision()),
                    new BlipTextTower(model.at("text_model"), text, text.transformer(), 0),
                    model.linear("text_model.pooler.dense", textSize(config), textSize(config)),
                    model.finer().linearWithoutBias("visual_projection", pictureSize(config), config.projectionDim()),
                    model.finer().linearWithoutBias("text_projection", textSize(config), config.projectionDim()),
                    model.logitFactor());
        }
    }

    private static BlipTextTower lookingEncoder(Parameters model, BlipConfig config) {
        BlipConfig.Text text = config.text();
        return new BlipTextTower(model.at("text_encoder"), text, text.transformer(), pictureSize(config));
    }

    private static int pictureSize(BlipConfig config) {
        return config.vision().transformer().hiddenSize();
    }

    private static int textSize(BlipConfig config) {
        return config.text().transformer().hiddenSize();
    }
}
