package dev.fovea.studio.checkpoints;

import java.util.List;

/**
 * A model as the page lists it.
 *
 * @param name in requests
 * @param kind {@code clip}, {@code resnet} (a CLIP's), {@code mobileclip}, {@code siglip}, {@code dinov2}, {@code
 *     dinov3}, {@code convnext} (DINOv3's), {@code tower} (compares pictures with texts, and is not looked into),
 *     {@code pictures} (reads no texts, and is not looked into), {@code blip}, {@code florence} or {@code classifier}
 * @param tasks what it can do
 * @param loaded whether it is in memory already
 * @param mini whether it is one of the small embedded models, which know drawings only
 * @param storage how its matrices are stored
 * @param compute the arithmetic of its linear layers
 * @param vision sizes of the image tower, or null
 * @param text sizes of the text tower, or null
 */
public record ModelInfo(
        String name,
        String kind,
        List<String> tasks,
        boolean loaded,
        boolean mini,
        String storage,
        String compute,
        VisionSizes vision,
        TextSizes text) {

    /** Sizes of a vision transformer. */
    public record VisionSizes(
            int layers,
            int heads,
            int hidden,
            int patchRows,
            int patchColumns,
            int patchSize,
            int size,
            boolean classToken) {}

    /**
     * Sizes of a transformer that reads or writes texts.
     *
     * @param causal whether a token sees only those before it
     * @param read which token becomes the text's embedding: {@code end} (the end token), {@code last} (after what fills
     *     the text up), {@code first}, {@code mean}; empty where none does
     */
    public record TextSizes(int layers, int heads, int hidden, int positions, boolean causal, String read) {}
}
