/**
 * DINOv2 (Oquab et al. 2023): a picture tower that was trained without texts, for similarity between pictures. {@link
 * dev.fovea.models.clip.Clip} runs it.
 */
package dev.fovea.models.dinov2.network;
