/** Computes CLIP: its sizes, the names of its tensors, and its network. */
package dev.fovea.models.clip.network;
