/**
 * BLIP (Li et al. 2022, "Bootstrapping Language-Image Pre-training"): captions, answers to questions, and scores of how
 * well a text fits a picture. {@link dev.fovea.models.blip.BlipCaptioner}, {@link dev.fovea.models.blip.BlipAnswerer}
 * and {@link dev.fovea.models.blip.BlipMatcher} are its three published kinds of checkpoints, {@link
 * dev.fovea.models.blip.BlipEncoder} the dual encoder of transformers.
 */
package dev.fovea.models.blip;
