package dev.fovea.training.optimizer;

import dev.fovea.training.tape.Parameter;
import java.util.List;

/** Keeps gradients from being too long, as torch's {@code clip_grad_norm_}. */
public final class Clipping {

    private Clipping() {}

    /**
     * Returns the length of the gradients of all parameters together, summed in double precision.
     *
     * @return NaN or infinite where a gradient is
     */
    public static double length(List<Parameter> parameters) {
        double squares = 0;
        for (Parameter parameter : parameters) {
            for (float g : parameter.gradient()) {
                squares += (double) g * g;
            }
        }
        return Math.sqrt(squares);
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
            float[] gradient = parameter.gradient();
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (float) (gradient[i] * factor);
            }
        }
    }
}
