package dev.fovea.app.pictures;

import dev.fovea.models.image.PicturePipeline;
import java.util.List;

/**
 * Holds pictures of a command that are computed together.
 *
 * @param numbers for each picture its index among all of the command, so that a run that continues draws by chance what
 *     an uninterrupted one would have drawn
 * @param <P> what is kept of a picture
 */
public record PictureBatch<P>(PicturePipeline.Batch<P> read, int[] numbers) {

    /** Returns what is kept of each picture. */
    public List<P> pictures() {
        return read.pictures();
    }
}
