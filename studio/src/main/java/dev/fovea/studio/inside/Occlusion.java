package dev.fovea.studio.inside;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Covers a part of the picture and looks how the cosine changes (Zeiler and Fergus 2014, "Visualizing and Understanding
 * Convolutional Networks", section 4.2). The cover is grey, 0 after normalising. It needs a pass for each place and no
 * assumption about the model, so it is the referee of the other maps; what two parts tell together it cannot see.
 */
public final class Occlusion {

    private static final int AT_ONCE = 16;

    private Occlusion() {}

    /**
     * Returns how much the cosine falls where a patch is covered: {@code map_i = c(x) - c(x without i)}. With a window
     * of several patches it is the mean over the windows that cover a patch.
     *
     * @param text a vector of unit length
     * @param window side of the cover in patches, at least 1
     * @param stride patches between covers, 1 to {@code window}
     * @param progress is told how many covers are done; an exception of it ends the work
     */
    public static float[] map(PicturePass picture, float[] text, int window, int stride, IntConsumer progress) {
        if (window < 1 || window > Math.min(picture.patchRows(), picture.patchColumns())) {
            throw new IllegalArgumentException("window is " + window + "; expected 1 to "
                    + Math.min(picture.patchRows(), picture.patchColumns()) + " patches");
        }
        if (stride < 1 || stride > window) {
            throw new IllegalArgumentException("stride is " + stride + "; expected 1 to the window, " + window);
        }
        List<boolean[]> covers = covers(picture, window, stride);
        double whole = LinearAlgebra.dot(picture.embedding(), 0, text, 0, text.length);
        double[] covered = cosines(picture, covers, text, progress);
        double[] sum = new double[picture.patches()];
        int[] count = new int[sum.length];
        for (int i = 0; i < covered.length; i++) {
            for (int patch = 0; patch < sum.length; patch++) {
                if (covers.get(i)[patch]) {
                    sum[patch] += whole - covered[i];
                    count[patch]++;
                }
            }
        }
        float[] map = new float[sum.length];
        for (int patch = 0; patch < map.length; patch++) {
            map[patch] = (float) (sum[patch] / count[patch]);
        }
        return map;
    }

    /** Returns how many covers {@link #map} tries. */
    public static int places(PicturePass picture, int window, int stride) {
        return covers(picture, window, stride).size();
    }

    private static List<boolean[]> covers(PicturePass picture, int window, int stride) {
        List<boolean[]> covers = new ArrayList<>();
        int lastRow = picture.patchRows() - window;
        int lastColumn = picture.patchColumns() - window;
        for (int top = 0; ; top = Math.min(top + stride, lastRow)) {
            for (int left = 0; ; left = Math.min(left + stride, lastColumn)) {
                boolean[] cover = new boolean[picture.patches()];
                for (int row = top; row < top + window; row++) {
                    for (int column = left; column < left + window; column++) {
                        cover[row * picture.patchColumns() + column] = true;
                    }
                }
                covers.add(cover);
                if (left == lastColumn) {
                    break;
                }
            }
            if (top == lastRow) {
                break;
            }
        }
        return covers;
    }

    /** Returns the cosine of the picture under each cover, several pictures at a time. */
    static double[] cosines(PicturePass picture, List<boolean[]> covers, float[] text, IntConsumer progress) {
        float[] pixels = picture.pixels();
        double[] cosines = new double[covers.size()];
        for (int from = 0; from < cosines.length; from += AT_ONCE) {
            int count = Math.min(AT_ONCE, cosines.length - from);
            float[] batch = new float[count * pixels.length];
            for (int i = 0; i < count; i++) {
                cover(picture, pixels, covers.get(from + i), batch, i * pixels.length);
            }
            List<float[]> vectors = picture.inside().embedPixels(batch, count, picture.height(), picture.width());
            for (int i = 0; i < count; i++) {
                cosines[from + i] = LinearAlgebra.dot(vectors.get(i), 0, text, 0, text.length);
            }
            progress.accept(from + count);
        }
        return cosines;
    }

    /** Writes the pixels of the picture under a cover. */
    private static void cover(PicturePass picture, float[] pixels, boolean[] cover, float[] target, int offset) {
        System.arraycopy(pixels, 0, target, offset, pixels.length);
        int rowLength = picture.patchWidth() * 3;
        for (int patch = 0; patch < cover.length; patch++) {
            for (int y = 0; cover[patch] && y < picture.patchHeight(); y++) {
                int row = patch / picture.patchColumns() * picture.patchHeight() + y;
                int from = offset + (row * picture.width() + patch % picture.patchColumns() * picture.patchWidth()) * 3;
                Arrays.fill(target, from, from + rowLength, 0f);
            }
        }
    }
}
