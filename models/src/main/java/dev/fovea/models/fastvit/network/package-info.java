/**
 * FastViT (Vasu et al. 2023a), the image encoder of MobileCLIP (Vasu et al. 2023b) and MobileCLIP 2 (Faghri et al.
 * 2025): convolutions on large maps, attention on small ones. {@link dev.fovea.models.clip.Clip} runs it.
 */
package dev.fovea.models.fastvit.network;
