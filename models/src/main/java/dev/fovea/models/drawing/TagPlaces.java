package dev.fovea.models.drawing;

import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds places for tags: inside of the picture, at the mark that they name, and where they cover as little as possible
 * of the tags before them.
 */
final class TagPlaces {

    /** Distance that a tag may move up or down, in its own heights. */
    private static final int STEPS = 12;

    /**
     * Cost of one candidate further down the list, as the share of a tag's size by which it covers what should be left
     * free.
     */
    private static final double RANK_COST = 1 / 40.0;

    /** Size of a mark, in tags, of which a tag does not hide much. */
    private static final double ROOMY = 6;

    private final int width;
    private final int height;
    private final List<Rectangle> free;
    private final List<Rectangle> taken = new ArrayList<>();

    /**
     * Makes places for a picture of this size.
     *
     * @param free areas that tags should leave free if possible, but rather cover than each other
     */
    TagPlaces(int width, int height, List<Rectangle> free) {
        this.width = width;
        this.height = height;
        this.free = List.copyOf(free);
    }

    /**
     * Takes a place.
     *
     * @param around bounds of the mark that the tag names
     * @param tagWidth at most the picture's
     * @param tagHeight at most the picture's
     */
    Rectangle take(Rectangle around, int tagWidth, int tagHeight) {
        Rectangle best = inside(new Rectangle(around.x, around.y, tagWidth, tagHeight));
        long leastTaken = Long.MAX_VALUE;
        double leastCost = Double.POSITIVE_INFINITY;
        boolean small = (double) around.width * around.height < ROOMY * tagWidth * tagHeight;
        List<Rectangle> candidates = candidates(around, tagWidth, tagHeight);
        for (int rank = 0; rank < candidates.size(); rank++) {
            Rectangle wanted = candidates.get(rank);
            Rectangle place = inside(wanted);
            if (place.y != wanted.y) {
                continue; // moved up or down it is not where this candidate is meant to be; other candidates are
            }
            long coversTaken = covered(place, taken);
            double cost = covered(place, free) + rank * RANK_COST * tagWidth * tagHeight;
            if (small) {
                cost += covered(place, List.of(around));
            }
            if (coversTaken < leastTaken || coversTaken == leastTaken && cost < leastCost) {
                leastTaken = coversTaken;
                leastCost = cost;
                best = place;
            }
        }
        taken.add(best);
        return best;
    }

    private Rectangle inside(Rectangle place) {
        return new Rectangle(
                Math.clamp(place.x, 0, width - place.width),
                Math.clamp(place.y, 0, height - place.height),
                place.width,
                place.height);
    }

    private static long covered(Rectangle place, List<Rectangle> others) {
        long covered = 0;
        for (Rectangle other : others) {
            Rectangle common = place.intersection(other);
            if (!common.isEmpty()) {
                covered += (long) common.width * common.height;
            }
        }
        return covered;
    }

    /**
     * Lists candidates, the best first: above, inside and below at both sides, beside, then further and further along
     * both sides.
     */
    private static List<Rectangle> candidates(Rectangle around, int tagWidth, int tagHeight) {
        int left = around.x;
        int right = around.x + around.width - tagWidth;
        int above = around.y - tagHeight;
        int bottom = around.y + around.height;
        List<Rectangle> candidates = new ArrayList<>();
        int[][] corners = {
            {left, above},
            {left, around.y},
            {left, bottom},
            {right, above},
            {right, around.y},
            {left, bottom - tagHeight},
            {right, bottom},
            {right, bottom - tagHeight},
            {around.x + around.width, around.y},
            {left - tagWidth, around.y},
            {around.x + around.width, bottom - tagHeight},
            {left - tagWidth, bottom - tagHeight}
        };
        for (int[] corner : corners) {
            candidates.add(new Rectangle(corner[0], corner[1], tagWidth, tagHeight));
        }
        for (int step = 1; step <= STEPS; step++) {
            int down = around.y + step * tagHeight;
            int up = above - step * tagHeight;
            for (int x : new int[] {left, right, left + (around.width - tagWidth) / 2}) {
                candidates.add(new Rectangle(x, down, tagWidth, tagHeight));
                candidates.add(new Rectangle(x, up, tagWidth, tagHeight));
            }
        }
        return candidates;
    }
}
