package dev.fovea.models.nn;

/** Where the layer norms of a transformer block stand. */
public enum NormPlacement {
    /** {@code x + f(norm(x))}: vision transformers, CLIP. */
    PRE,
    /** {@code norm(x + f(x))}: the original transformer, BERT, BART. */
    POST
}
