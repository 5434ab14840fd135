/** Computes Florence-2: its sizes, the names of its tensors, and its network. */
package dev.fovea.models.florence.network;
