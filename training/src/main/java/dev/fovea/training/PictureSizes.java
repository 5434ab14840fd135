package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import java.util.List;

/** Tells lists of pictures apart by their widths and heights, without a look at their pixels. */
final class PictureSizes {

    private PictureSizes() {}

    /** Returns a number that is the same for pictures of the same sizes in the same order. */
    static int hash(List<? extends PictureInput> pictures) {
        return pictures.stream()
                .map(picture -> List.of(picture.width(), picture.height()))
                .toList()
                .hashCode();
    }
}
