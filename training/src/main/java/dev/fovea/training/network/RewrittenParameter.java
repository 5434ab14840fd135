package dev.fovea.training.network;

import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.WeightData;
import dev.fovea.training.tape.Parameter;
import java.util.List;

/**
 * A weight that the model keeps in another form than its checkpoint. The stored ones are trained; it follows them, and
 * hands its gradient on to them.
 *
 * @param stored what is trained, in the order of the rewriting
 * @param computed what the model computes with
 */
record RewrittenParameter(Rewriting rewriting, List<Parameter> stored, Parameter computed) {

    static RewrittenParameter of(WeightData weight, List<Parameter> stored) {
        return new RewrittenParameter(weight.rewriting(), stored, Parameter.of(weight));
    }

    private List<float[]> values() {
        return stored.stream().map(parameter -> parameter.values().toArray()).toList();
    }

    /** Hands the gradient on. */
    void gather() {
        List<float[]> gradients =
                rewriting.back().apply(values(), computed.gradient().toArray());
        for (int i = 0; i < gradients.size(); i++) {
            stored.get(i).gradient().add(0, 1, gradients.get(i));
        }
        computed.clearGradient();
    }

    /** Computes the weight again. */
    void refresh() {
        computed.values().write(rewriting.forward().apply(values()));
    }
}
