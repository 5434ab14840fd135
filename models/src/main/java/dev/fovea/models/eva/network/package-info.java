/**
 * Image encoders that timm has as EVA ({@code timm/models/eva.py}): EVA-CLIP's (Sun et al. 2023) and the Perception
 * Encoder's (Bolya et al. 2025). {@link dev.fovea.models.clip.Clip} runs them beside CLIP's text tower.
 */
package dev.fovea.models.eva.network;
