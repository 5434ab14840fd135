package dev.fovea.app.pictures;

import dev.fovea.models.image.PicturePipeline;
import java.util.List;

/**
 * Pictures of a command that are computed together.
 *
 * @param numbers for each picture its number among all of the command, so that a run that goes on draws by chance what
 *     a single one would have drawn
 * @param <P> what is kept of a picture
 */
public record PictureBatch<P>(PicturePipeline.Batch<P> read, int[] numbers) {

    /** Returns what is kept of each picture. */
    public List<P> pictures() {
        return read.pictures();
    }
}
