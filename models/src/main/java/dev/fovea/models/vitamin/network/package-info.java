/**
 * ViTamin (Chen et al. 2024): an image encoder of convolutions and attention. {@link dev.fovea.models.clip.Clip} runs
 * it beside CLIP's text tower.
 */
package dev.fovea.models.vitamin.network;
