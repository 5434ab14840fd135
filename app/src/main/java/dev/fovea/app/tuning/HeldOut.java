package dev.fovea.app.tuning;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What chooses the settings and the best epoch: a share of the examples that is held out, or data of its own.
 *
 * @param share of the pictures, 0 for none; without a meaning where there is data
 * @param data null if a share is held out
 */
record HeldOut(double share, Path data) {

    private static final double USUAL = 0.2;

    /**
     * Reads the option.
     *
     * @param text a share from 0 to less than 1, or the name of a file or a folder; null for the usual share
     * @throws IllegalArgumentException if it is another number, or can be no name
     */
    static HeldOut of(String text) {
        if (text == null) {
            return new HeldOut(USUAL, null);
        }
        try {
            double share = Double.parseDouble(text);
            if (!(share >= 0 && share < 1)) {
                throw new IllegalArgumentException(
                        "--validation must be a share from 0 to less than 1, or a file or folder, found " + text);
            }
            return new HeldOut(share, null);
        } catch (NumberFormatException name) {
            try {
                return new HeldOut(0, Path.of(text));
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException("--validation: \"" + text + "\" cannot be the name of a file", e);
            }
        }
    }

    /** Draws the pictures that are held out: of two or more at least one, and never all. */
    <T> Set<T> draw(List<T> pictures, long seed) {
        int count = share == 0 || pictures.size() < 2
                ? 0
                : Math.clamp(Math.round(share * pictures.size()), 1, pictures.size() - 1);
        List<T> shuffled = new ArrayList<>(pictures);
        Collections.shuffle(shuffled, new Random(seed));
        return new HashSet<>(shuffled.subList(0, count));
    }
}
