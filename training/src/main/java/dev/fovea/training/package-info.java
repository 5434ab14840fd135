/**
 * Tunes models on people's own pictures. {@link dev.fovea.training.FeatureTuning} tunes a CLIP on features: pictures go
 * through the image tower once, after which every method takes seconds.
 */
package dev.fovea.training;
