/**
 * SigLIP and SigLIP 2 (Zhai et al. 2023; Tschannen et al. 2025): the towers of CLIP without class token and causal
 * mask, a head that pools by attention, and scores by sigmoid. {@link dev.fovea.models.clip.Clip} runs them.
 */
package dev.fovea.models.siglip.network;
