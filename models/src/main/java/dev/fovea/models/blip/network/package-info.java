/** Computes BLIP: its sizes, the names of its tensors, and its network. */
package dev.fovea.models.blip.network;
