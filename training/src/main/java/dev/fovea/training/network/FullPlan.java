package dev.fovea.training.network;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.WeightData;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Trains every weight that a model takes as its checkpoint stores it. */
public final class FullPlan implements Trainables {

    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    @Override
    public Parameter parameter(WeightData weight) {
        if (weight.source().equals("memory")) {
            throw new ModelException("tensor " + weight.name() + " is kept in another form than it is stored in, as"
                    + " in a ResNet, and is not trained; take a CLIP with a vision transformer, or another method");
        }
        if (!weight.dtype().isFloating()) {
            throw new ModelException(weight.source() + ": " + weight.name() + " is quantised (" + weight.dtype()
                    + ") and cannot be trained; tune the checkpoint that it was made from, then convert the result");
        }
        return parameters.computeIfAbsent(weight.name(), name -> Parameter.of(weight));
    }

    /** Returns the weights, in the order in which the model asked for them. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters.values());
    }
}
