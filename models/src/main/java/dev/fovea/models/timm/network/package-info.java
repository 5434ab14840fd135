/**
 * Vision transformers by the names of timm ({@code timm/models/vision_transformer.py}): the image towers of some models
 * of open_clip, and classifiers.
 */
package dev.fovea.models.timm.network;
