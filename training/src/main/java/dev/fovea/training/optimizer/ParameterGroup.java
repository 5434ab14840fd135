package dev.fovea.training.optimizer;

import dev.fovea.training.tape.Parameter;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Parameters that decay alike.
 *
 * @param decay weight decay, 0 for none
 */
public record ParameterGroup(List<Parameter> parameters, double decay) {

    /** Copies the list. */
    public ParameterGroup {
        parameters = List.copyOf(parameters);
    }

    /**
     * Divides parameters as open_clip does: vectors, norms, biases and the logit scale do not decay ({@code main.py},
     * {@code exclude}).
     *
     * @param decay of the others
     */
    public static List<ParameterGroup> ofClip(List<Parameter> parameters, double decay) {
        Predicate<Parameter> isExcluded = parameter -> {
            String name = parameter.name().toLowerCase(Locale.ROOT);
            return parameter.shape().rank() < 2
                    || name.contains("bn")
                    || name.contains("ln")
                    || name.contains("bias")
                    || name.contains("logit_scale");
        };
        return List.of(
                new ParameterGroup(
                        parameters.stream().filter(isExcluded.negate()).toList(), decay),
                new ParameterGroup(parameters.stream().filter(isExcluded).toList(), 0));
    }
}
