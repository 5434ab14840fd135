package dev.fovea.training.network;

import dev.fovea.tensor.WeightData;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Trains every weight that a model takes as its checkpoint stores it, and those that others are computed from by a
 * {@link dev.fovea.tensor.Rewriting}. A weight of two names is trained once.
 */
public final class FullPlan implements Trainables {

    private final Predicate<String> names;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    /** By name and shape, since several may be parts of one stored weight. */
    private final Map<String, RewrittenParameter> followers = new LinkedHashMap<>();

    private final FrozenWeights frozen = new FrozenWeights();

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
        if (weight.rewriting() != null) {
            return followers
                    .computeIfAbsent(weight.name() + " " + weight.shape(), part -> {
                        List<Parameter> stored = weight.rewriting().stored().stream()
                                .map(this::parameter)
                                .toList();
                        return RewrittenParameter.of(weight, stored);
                    })
                    .computed();
        }
        if (frozen.collect(weight)) {
            return null;
        }
        LowRankPlan.requireFloating(weight);
        return parameters.computeIfAbsent(weight.name(), name -> {
            Parameter made = Parameter.of(weight);
            return TiedNames.of(name).stream()
                    .map(parameters::get)
                    .filter(other -> other != null && other.values().isEqual(made.values()))
                    .findFirst()
                    .orElse(made);
        });
    }

    @Override
    public void gather() {
        followers.values().forEach(RewrittenParameter::gather);
    }

    @Override
    public void refresh() {
        followers.values().forEach(RewrittenParameter::refresh);
    }

    /** Returns the weights, in the order in which the model asked for them. */
    public List<Parameter> parameters() {
        return new ArrayList<>(new LinkedHashSet<>(parameters.values()));
    }

    /** Says which tensors are not trained since the model keeps them in another form; empty if none. */
    public Optional<String> remark() {
        return frozen.remark();
    }
}
