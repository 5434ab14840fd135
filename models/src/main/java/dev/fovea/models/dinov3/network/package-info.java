/**
 * DINOv3 (Siméoni et al. 2025): picture towers that were trained without texts, vision transformers with rotary
 * positions and ConvNeXts. {@link dev.fovea.models.clip.Clip} runs them.
 */
package dev.fovea.models.dinov3.network;
