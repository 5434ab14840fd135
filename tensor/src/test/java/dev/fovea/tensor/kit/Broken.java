package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.reference.ReferenceBackend;
import dev.fovea.tensor.spi.HostStorage;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Backends with one mistake each, of the kinds that kernels really have; {@link BrokenBackendsTest} wants the kit to
 * find every one. The name of a mistake begins with the operation whose checks must find it.
 */
class Broken extends WrappingBackend {

    Broken() {
        super(new ReferenceBackend());
    }

    /** All mistakes by name. */
    static Map<String, Supplier<Backend>> all() {
        Map<String, Supplier<Backend>> mistakes = new TreeMap<>();
        BrokenLinear.addTo(mistakes);
        BrokenAttention.addTo(mistakes);
        BrokenRows.addTo(mistakes);
        BrokenElements.addTo(mistakes);
        BrokenPictures.addTo(mistakes);
        BrokenGradients.addTo(mistakes);
        BrokenPromises.addTo(mistakes);
        return mistakes;
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        return operation.get();
    }

    /** A tensor of numbers that were changed on the host. */
    final Tensor changed(Tensor tensor, UnaryOperator<float[]> change) {
        return tensor(tensor.rows(), tensor.columns(), change.apply(tensor.toArray()));
    }

    /** What a kernel sees that takes the rows of a view for lying end to end. */
    final Tensor withoutStride(Tensor view) {
        HostStorage storage = (HostStorage) view.storage();
        float[] values = new float[view.rows() * view.columns()];
        int there = (int) Math.min(values.length, storage.capacity() - view.offset());
        storage.read(view.offset(), values, 0, there);
        return tensor(view.rows(), view.columns(), values);
    }

    /**
     * Sets the last column to zero where the columns are not a multiple of eight: a loop over vectors without its rest.
     */
    static float[] withoutRest(float[] values, int columns) {
        for (int i = columns - 1; i < values.length && columns % 8 != 0; i += columns) {
            values[i] = 0;
        }
        return values;
    }
}
