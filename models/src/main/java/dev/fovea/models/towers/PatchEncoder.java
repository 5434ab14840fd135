package dev.fovea.models.towers;

import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.nn.VisionShape;

/** An image tower that reads pictures in patches: a vision transformer. */
public abstract class PatchEncoder implements ImageEncoder {

    /** The sizes of the tower. */
    protected final VisionShape shape;

    /** Keeps the sizes. */
    protected PatchEncoder(VisionShape shape) {
        this.shape = shape;
    }

    @Override
    public final int atOnce(int height, int width) {
        return Math.max(1, TextBatches.ROWS_AT_ONCE / shape.tokens(height, width));
    }

    @Override
    public final void requireSize(int height, int width) {
        shape.requirePatches(height, width);
    }
}
