package dev.fovea.studio.inside;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Notes the linear layers that turn the last state of a decoder into scores of tokens, as the model calls them, and
 * calls them again for other states.
 */
final class OutputLayer extends WrappingBackend {

    private final List<Layer> layers = new ArrayList<>();
    private boolean inside;

    private record Layer(Weight.Linear weight, Fusion fusion) {}

    OutputLayer(Backend inner) {
        super(inner);
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        return operation.get();
    }

    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        if (!name.endsWith("cls.predictions") && !name.equals("lm_head")) {
            return super.scoped(name, work);
        }
        layers.clear();
        inside = true;
        try {
            return super.scoped(name, work);
        } finally {
            inside = false;
        }
    }

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        if (inside) {
            layers.add(new Layer(weight, fusion));
        }
        return super.linear(x, weight, fusion);
    }

    /** Returns the length of a state. */
    int inputs() {
        return layers.getFirst().weight.inputs();
    }

    /** Returns the scores of all tokens after a state. */
    float[] apply(float[] state) {
        return inner().scoped("", () -> {
            Tensor x = inner().tensor(1, state.length, state);
            for (Layer layer : layers) {
                x = inner().linear(x, layer.weight, layer.fusion);
            }
            return x.toArray();
        });
    }
}
