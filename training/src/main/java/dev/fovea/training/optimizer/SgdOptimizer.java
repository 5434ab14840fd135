package dev.fovea.training.optimizer;

import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Stochastic gradient descent with momentum as torch computes it ({@code torch/optim/sgd.py}): {@code g ← g + decay θ};
 * {@code buffer ← g} at the first step, {@code momentum · buffer + g} later; {@code θ ← θ - rate · buffer}.
 */
public final class SgdOptimizer implements Optimizer {

    private final List<ParameterGroup> groups;
    private final double momentum;
    private final boolean nesterov;
    private final List<List<FloatMemory>> memory = new ArrayList<>();
    private int steps;

    /**
     * Starts.
     *
     * @param momentum 0 for none
     * @param nesterov whether a step goes along {@code g + momentum · buffer} (Sutskever et al. 2013)
     */
    public SgdOptimizer(List<ParameterGroup> groups, double momentum, boolean nesterov) {
        this.groups = List.copyOf(groups);
        this.momentum = momentum;
        this.nesterov = nesterov;
        parameters()
                .forEach(parameter ->
                        memory.add(List.of(FloatMemory.zeros(parameter.values().length()))));
    }

    @Override
    public void step(double rate) {
        steps++;
        int index = 0;
        for (ParameterGroup group : groups) {
            for (Parameter parameter : group.parameters()) {
                FloatMemory buffer = memory.get(index++).getFirst();
                FloatMemory values = parameter.values();
                for (int i = 0; i < values.length(); i++) {
                    double g = parameter.gradient().get(i) + group.decay() * values.get(i);
                    double b = steps == 1 ? g : momentum * buffer.get(i) + g;
                    buffer.set(i, (float) b);
                    values.set(i, (float) (values.get(i) - rate * (nesterov ? g + momentum * b : b)));
                }
            }
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
