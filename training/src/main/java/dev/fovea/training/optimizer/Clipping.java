package dev.fovea.training.optimizer;

import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.Parameter;
import java.util.List;

/** Keeps gradients from being too long, as torch's {@code clip_grad_norm_}. */
public final class Clipping {

    private Clipping() {}

    /**
     * Returns the length of the gradients of all parameters together, summed in double precision: pieces in parallel,
     * and their sums in order, so that bits do not depend on threads.
     *
     * @return NaN or infinite where a gradient is
     */
    public static double length(List<Parameter> parameters) {
        double squares = 0;
        for (Parameter parameter : parameters) {
            FloatMemory gradient = parameter.gradient();
            double[] sums = new double[Math.ceilDiv(gradient.length(), ParameterPieces.SIZE)];
            ParameterPieces.each(
                    gradient.length(), (from, to) -> sums[from / ParameterPieces.SIZE] = squares(gradient, from, to));
            for (double sum : sums) {
                squares += sum;
            }
        }
        return Math.sqrt(squares);
    }

    /** Sums four at a time, so that an addition need not wait for the one before. */
    private static double squares(FloatMemory gradient, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a += square(gradient.get(i));
            b += square(gradient.get(i + 1));
            c += square(gradient.get(i + 2));
            d += square(gradient.get(i + 3));
        }
        for (; i < to; i++) {
            a += square(gradient.get(i));
        }
        return a + b + (c + d);
    }

    private static double square(double value) {
        return value * value;
    }

    /**
     * Multiplies the gradients with {@code min(1, longest / (length + 1e-6))}.
     *
     * @param length what {@link #length} said
     */
    public static void clip(List<Parameter> parameters, double length, double longest) {
        double factor = longest / (length + 1e-6);
        if (factor >= 1) {
            return;
        }
        for (Parameter parameter : parameters) {
            FloatMemory gradient = parameter.gradient();
            ParameterPieces.each(gradient.length(), (from, to) -> {
                for (int i = from; i < to; i++) {
                    gradient.set(i, (float) (gradient.get(i) * factor));
                }
            });
        }
    }
}
