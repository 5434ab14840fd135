/** Classifiers on CLIP's image embeddings that were tuned on pictures, and the file that keeps one. */
package dev.fovea.models.clip.head;
