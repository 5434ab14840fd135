package dev.fovea.training.optimizer;

import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * AdamW as torch computes it (Loshchilov and Hutter 2019; {@code torch/optim/adamw.py}):
 *
 * <pre>
 * θ ← θ (1 - rate decay)
 * m ← m + (g - m)(1 - β₁)        v ← β₂ v + (1 - β₂) g²
 * θ ← θ - rate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
 * </pre>
 *
 * Numbers are independent of each other, so the work is split over them and bits do not depend on threads.
 */
public final class AdamWOptimizer implements Optimizer {

    private final List<ParameterGroup> groups;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final List<List<FloatMemory>> memory = new ArrayList<>();
    private int steps;

    /**
     * Starts.
     *
     * @param beta1 β₁, .9 in torch
     * @param beta2 β₂, .999 in torch
     * @param epsilon ε, 1e-8 in torch
     */
    public AdamWOptimizer(List<ParameterGroup> groups, double beta1, double beta2, double epsilon) {
        this.groups = List.copyOf(groups);
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        for (Parameter parameter : parameters()) {
            int count = parameter.values().length();
            memory.add(List.of(FloatMemory.zeros(count), FloatMemory.zeros(count)));
        }
    }

    /** Starts with torch's β₁, β₂ and ε. */
    public AdamWOptimizer(List<ParameterGroup> groups) {
        this(groups, 0.9, 0.999, 1e-8);
    }

    @Override
    public void step(double rate) {
        steps++;
        int index = 0;
        for (ParameterGroup group : groups) {
            for (Parameter parameter : group.parameters()) {
                List<FloatMemory> kept = memory.get(index++);
                int count = parameter.values().length();
                ParameterPieces.each(
                        count, (from, to) -> step(parameter, kept.get(0), kept.get(1), rate, group.decay(), from, to));
            }
        }
    }

    private void step(
            Parameter parameter, FloatMemory mean, FloatMemory square, double rate, double decay, int from, int to) {
        FloatMemory values = parameter.values();
        FloatMemory gradient = parameter.gradient();
        double step = rate / (1 - Math.pow(beta1, steps));
        double root = Math.sqrt(1 - Math.pow(beta2, steps));
        for (int i = from; i < to; i++) {
            double g = gradient.get(i);
            double before = mean.get(i);
            double m = before + (g - before) * (1 - beta1);
            double v = beta2 * square.get(i) + (1 - beta2) * g * g;
            mean.set(i, (float) m);
            square.set(i, (float) v);
            values.set(i, (float) (values.get(i) * (1 - rate * decay) - step * m / (Math.sqrt(v) / root + epsilon)));
        }
    }

    @Override
    public List<Parameter> parameters() {
        return groups.stream().flatMap(group -> group.parameters().stream()).toList();
    }

    @Override
    public int steps() {
        return steps;
    }

    @Override
    public List<List<FloatMemory>> memory() {
        return memory;
    }

    @Override
    public void resume(int taken) {
        steps = taken;
    }
}
