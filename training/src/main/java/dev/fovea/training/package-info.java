/**
 * Tunes models on people's own pictures. {@link dev.fovea.training.FeatureTuning} tunes a CLIP on features: pictures go
 * through the image tower once, after which every method takes seconds. {@link dev.fovea.training.LoraTuning} and
 * {@link dev.fovea.training.FullTuning} train inside both towers. {@link dev.fovea.training.GeneratorTuning} trains
 * models that write texts about pictures, BLIP and Florence-2.
 */
package dev.fovea.training;
