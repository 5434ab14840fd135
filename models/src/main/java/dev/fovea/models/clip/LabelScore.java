package dev.fovea.models.clip;

/**
 * How well a label fits a picture.
 *
 * @param label as it was given
 * @param score softmax over all labels of the call, 0 to 1
 * @param logit scaled cosine of the two embeddings
 */
public record LabelScore(String label, float score, float logit) {}
