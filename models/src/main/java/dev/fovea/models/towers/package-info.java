/**
 * What CLIP and its kin share: two encoders whose outputs lie in one space, and a rule that makes scores of cosines.
 * The models are in packages of their own, and {@link dev.fovea.models.clip.Clip} runs all of them.
 */
package dev.fovea.models.towers;
