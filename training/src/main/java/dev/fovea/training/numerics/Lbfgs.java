package dev.fovea.training.numerics;

import dev.fovea.tensor.CancelledException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Minimises a smooth function with limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4). The line search
 * brackets a point of the weak Wolfe conditions and halves the bracket (Lewis and Overton 2013). Where values no longer
 * differ by more than rounding, the slopes decide (the approximate Wolfe conditions of Hager and Zhang 2005), so that
 * gradients get far below the square root of the machine's precision.
 */
public final class Lbfgs {

    private static final int MEMORY = 10;
    private static final int MOST_HALVINGS = 60;
    private static final double DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final double ROUNDING = 1e-14;

    private final Objective objective;
    private final Deque<Pair> pairs = new ArrayDeque<>();
    private double[] point;
    private double[] gradient;
    private double value;

    private Lbfgs(Objective objective, int size) {
        this.objective = objective;
        point = new double[size];
        gradient = new double[size];
        value = objective.at(point, gradient);
    }

    /** A function with its gradient. */
    @FunctionalInterface
    public interface Objective {
        /** Returns the value at a point, and sets the gradient there. */
        double at(double[] point, double[] gradient);
    }

    /**
     * Holds where the search ended.
     *
     * @param value of the function at the point
     * @param steepest the largest absolute number of the gradient there
     * @param iterations steps that were taken
     */
    public record Minimum(double[] point, double value, double steepest, int iterations) {}

    /** The difference of two points, that of their gradients, and one over the product of both. */
    private record Pair(double[] step, double[] change, double inverse) {}

    /**
     * Searches from zero until no number of the gradient exceeds a tolerance, until rounding hides any further
     * decrease, or for a number of iterations.
     *
     * @param size numbers of a point
     */
    public static Minimum minimize(Objective objective, int size, double tolerance, int mostIterations) {
        Lbfgs search = new Lbfgs(objective, size);
        int iteration = 0;
        while (iteration < mostIterations && steepest(search.gradient) > tolerance && search.step()) {
            iteration++;
        }
        return new Minimum(search.point, search.value, steepest(search.gradient), iteration);
    }

    /** Goes to a better point and returns true, or finds none in the direction that promises one. */
    private boolean step() {
        CancelledException.throwIfInterrupted();
        double[] direction = direction();
        double slope = Matrices.dot(direction, gradient);
        double[] next = new double[point.length];
        double[] nextGradient = new double[point.length];
        double low = 0;
        double high = Double.POSITIVE_INFINITY;
        double length = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
        for (int halving = 0; halving < MOST_HALVINGS; halving++) {
            for (int i = 0; i < next.length; i++) {
                next[i] = point[i] + length * direction[i];
            }
            double nextValue = objective.at(next, nextGradient);
            double nextSlope = Matrices.dot(direction, nextGradient);
            boolean decreases = nextValue <= value + DECREASE * length * slope
                    || nextValue <= value + ROUNDING * Math.abs(value) && nextSlope <= (2 * DECREASE - 1) * slope;
            if (decreases && nextSlope >= CURVATURE * slope) {
                remember(next, nextGradient);
                point = next;
                gradient = nextGradient;
                value = nextValue;
                return true;
            }
            low = decreases ? length : low;
            high = decreases ? high : length;
            length = high < Double.POSITIVE_INFINITY ? (low + high) / 2 : 2 * low;
        }
        return false;
    }

    /** Returns -H g, H the approximation of the inverse Hessian that the pairs stand for (two-loop recursion). */
    private double[] direction() {
        double[] direction = new double[gradient.length];
        Matrices.add(direction, -1, gradient);
        double[] weights = new double[pairs.size()];
        int at = 0;
        for (Pair pair : pairs) {
            weights[at] = pair.inverse * Matrices.dot(pair.step, direction);
            Matrices.add(direction, -weights[at], pair.change);
            at++;
        }
        if (!pairs.isEmpty()) {
            Pair last = pairs.getFirst();
            double scale = 1 / (last.inverse * Matrices.dot(last.change, last.change));
            for (int i = 0; i < direction.length; i++) {
                direction[i] *= scale;
            }
        }
        for (Iterator<Pair> oldest = pairs.descendingIterator(); oldest.hasNext(); ) {
            Pair pair = oldest.next();
            at--;
            Matrices.add(direction, weights[at] - pair.inverse * Matrices.dot(pair.change, direction), pair.step);
        }
        return direction;
    }

    /** Keeps the newest pairs in front; one without curvature would break the approximation and is left out. */
    private void remember(double[] next, double[] nextGradient) {
        double[] step = next.clone();
        Matrices.add(step, -1, point);
        double[] change = nextGradient.clone();
        Matrices.add(change, -1, gradient);
        double product = Matrices.dot(step, change);
        if (product > 0) {
            pairs.addFirst(new Pair(step, change, 1 / product));
            if (pairs.size() > MEMORY) {
                pairs.removeLast();
            }
        }
    }

    private static double steepest(double[] gradient) {
        double largest = 0;
        for (double number : gradient) {
            largest = Math.max(largest, Math.abs(number));
        }
        return largest;
    }
}
