package dev.fovea.converter.pytorch;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Text;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Makes tensors out of what a pickle says about them: a storage is a persistent id {@code ("storage", class, key, location, elements)},
 * a tensor a call of one of {@code torch._utils._rebuild_tensor*} with a storage, an offset, sizes and strides ({@code
 * torch/_utils.py}).
 */
final class Tensors {

    private static final int MOST_AXES = 16;

    private final String file;
    private final Function<String, MemorySegment> bytesOf;
    private final Map<String, Storage> storages = new LinkedHashMap<>();

    /**
     * For one file.
     *
     * @param bytesOf finds a storage's bytes by its key; null if they come later
     */
    Tensors(String file, Function<String, MemorySegment> bytesOf) {
        this.file = file;
        this.bytesOf = bytesOf;
    }

    /** All storages so far. */
    Collection<Storage> storages() {
        return storages.values();
    }

    /** The storage of a key, or null. */
    Storage storage(String key) {
        return storages.get(key);
    }

    /** The storage that a persistent id names. */
    Object storage(Object id) {
        if (!(id instanceof Tuple tuple)
                || !"storage".equals(tuple.get(0))
                || !(tuple.get(1) instanceof Global type)
                || !type.isStorage()
                || !(tuple.get(2) instanceof String key)
                || !(tuple.get(4) instanceof Long elements)) {
            throw broken("a storage that is not described as PyTorch does");
        }
        if (tuple.get(5) != null) {
            throw broken("storage " + Text.quote(key) + " is a part of another, as PyTorch before 0.4 wrote");
        }
        Storage known = storages.get(key);
        if (known == null) {
            known = add(key, type.storageType(), elements);
        }
        if (known.elements() != elements || known.dtype() != type.storageType()) {
            throw broken("storage " + Text.quote(key) + " is described in two ways");
        }
        return known;
    }

    private Storage add(String key, DType dtype, long elements) {
        Storage storage = new Storage(key, dtype, elements);
        if (elements < 0 || elements > Long.MAX_VALUE / Long.BYTES) {
            throw broken("storage " + Text.quote(key) + " has " + elements + " elements");
        }
        if (bytesOf != null) {
            MemorySegment bytes = bytesOf.apply(key);
            if (bytes.byteSize() != elements * storage.elementBytes()) {
                throw broken("storage " + Text.quote(key) + " has " + bytes.byteSize() + " bytes, but should have "
                        + elements * storage.elementBytes());
            }
            storage.data(bytes);
        }
        storages.put(key, storage);
        return storage;
    }

    /** The tensor that a call makes. */
    PickledTensor rebuild(Global function, Tuple arguments) {
        boolean typed = switch (function.full()) {
            case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> true;
            case "torch._utils._rebuild_tensor_v3" -> false;
            default -> throw broken("a call of " + function.full());
        };
        if (!(arguments.get(0) instanceof Storage storage)
                || !(arguments.get(1) instanceof Long offset)
                || !(arguments.get(2) instanceof Tuple sizes)
                || !(arguments.get(3) instanceof Tuple steps)) {
            throw broken("a tensor that is not described as PyTorch does");
        }
        DType dtype = typed ? storage.dtype() : arguments.get(6) instanceof Global type ? type.dtype() : null;
        if (dtype == null || sizes.size() > MOST_AXES || steps.size() != sizes.size()) {
            throw broken(
                    "a tensor without a type, or with " + sizes.size() + " sizes and " + steps.size() + " strides");
        }
        return new PickledTensor(storage, dtype, offset, shape(sizes), numbers(steps));
    }

    private Shape shape(Tuple sizes) {
        try {
            return new Shape(numbers(sizes));
        } catch (IllegalArgumentException negativeOrTooLarge) {
            throw broken("a tensor with a " + negativeOrTooLarge.getMessage());
        }
    }

    private long[] numbers(Tuple tuple) {
        long[] numbers = new long[tuple.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(tuple.get(i) instanceof Long number)) {
                throw broken("a tensor whose sizes are no numbers");
            }
            numbers[i] = number;
        }
        return numbers;
    }

    private FoveaException broken(String reason) {
        return new FoveaException(file + ": not a PyTorch checkpoint that can be read: it has " + reason
                + "; save the model's state_dict() alone, or download the file again");
    }
}
