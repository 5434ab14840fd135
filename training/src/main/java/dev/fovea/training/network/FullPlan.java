package dev.fovea.training.network;

import dev.fovea.tensor.WeightData;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Trains every weight that a model takes as its checkpoint stores it. A weight of two names is trained once. */
public final class FullPlan implements Trainables {

    private final Predicate<String> names;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Set<String> rewritten = new LinkedHashSet<>();

    /**
     * Plans.
     *
     * @param names of the tensors that are trained
     */
    public FullPlan(Predicate<String> names) {
        this.names = names;
    }

    @Override
    public Parameter parameter(WeightData weight) {
        if (!names.test(weight.name())) {
            return null;
        }
        if (weight.source().equals("memory")) {
            rewritten.add(weight.name());
            return null;
        }
        LowRankPlan.requireFloating(weight);
        return parameters.computeIfAbsent(weight.name(), name -> {
            Parameter made = Parameter.of(weight);
            return TiedNames.of(name).stream()
                    .map(parameters::get)
                    .filter(other -> other != null && Arrays.equals(other.values(), made.values()))
                    .findFirst()
                    .orElse(made);
        });
    }

    /** Returns the weights, in the order in which the model asked for them. */
    public List<Parameter> parameters() {
        return new ArrayList<>(new LinkedHashSet<>(parameters.values()));
    }

    /** Says which tensors are not trained since the model keeps them in another form; empty if none. */
    public Optional<String> remark() {
        return rewritten.isEmpty()
                ? Optional.empty()
                : Optional.of(rewritten.size() + " tensors stay as they are, since the model keeps them in another form"
                        + " than the checkpoint: " + rewritten.iterator().next()
                        + (rewritten.size() > 1 ? " and others" : ""));
    }
}
