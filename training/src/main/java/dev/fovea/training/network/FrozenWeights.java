package dev.fovea.training.network;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.nn.DryBackend;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.WeightData;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Tape;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Collects the weights that cannot be trained, since the model computes them from its checkpoint and gradients have no
 * way back.
 */
final class FrozenWeights implements Trainables {

    private final Set<String> names = new LinkedHashSet<>();

    /**
     * Checks that every weight of a CLIP can be trained. The model is outlined for it and keeps no weight.
     *
     * @throws dev.fovea.tensor.FoveaException if one cannot; the message says what to do
     */
    static void requireNone(Path folder) {
        FrozenWeights frozen = new FrozenWeights();
        try (Tape tape = new Tape(new DryBackend(), frozen);
                ModelFiles outlined = ModelFiles.load(folder, LoadOptions.on(tape), FrozenWeights::outlined)) {
            frozen.remark().ifPresent(remark -> {
                throw new ModelException(folder + ": " + remark + "; take another model, or another method");
            });
        }
    }

    private static ModelFiles outlined(ModelFiles files) {
        TapedClip.towers(files);
        return files;
    }

    @Override
    public Parameter parameter(WeightData weight) {
        if (weight.rewriting() != null) {
            weight.rewriting().stored().forEach(this::parameter);
        } else {
            collect(weight);
        }
        return null;
    }

    /** Keeps the name of a stored weight if it cannot be trained, and returns whether that is so. */
    boolean collect(WeightData weight) {
        boolean isFrozen = weight.source().equals("memory");
        if (isFrozen) {
            names.add(weight.name());
        }
        return isFrozen;
    }

    /** Says which tensors are not trained; empty if none. */
    Optional<String> remark() {
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(names.size() + " tensors stay as they are, since the model keeps them in another form"
                        + " than the checkpoint: " + names.iterator().next()
                        + (names.size() > 1 ? " and others" : ""));
    }
}
