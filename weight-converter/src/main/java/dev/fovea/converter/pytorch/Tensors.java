package dev.fovea.converter.pytorch;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Text;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Makes tensors out of what a pickle says about them. A storage is a persistent id {@code ("storage", class, key,
 * location, elements)}; a tensor is a call of one of {@code torch._utils._rebuild_tensor*} with a storage, an offset,
 * sizes and strides ({@code torch/_utils.py}).
 */
final class Tensors {

    /** The function whose storage is untyped bytes; the call itself names the type of the elements. */
    private static final String UNTYPED = "_rebuild_tensor_v3";

    private static final int MOST_AXES = 16;

    /** Bytes of a complex number of two doubles. */
    private static final int LARGEST_ELEMENT = 16;

    private final String file;
    private final Function<String, MemorySegment> bytesOf;
    private final Map<String, PickledStorage> storages = new LinkedHashMap<>();

    /**
     * Prepares to read the tensors of one file.
     *
     * @param bytesOf finds a storage's bytes by its key; null if they come later
     */
    Tensors(String file, Function<String, MemorySegment> bytesOf) {
        this.file = file;
        this.bytesOf = bytesOf;
    }

    /** Returns all storages so far. */
    Collection<PickledStorage> storages() {
        return storages.values();
    }

    /** Returns the storage of a key, or null. */
    PickledStorage storage(String key) {
        return storages.get(key);
    }

    /**
     * Returns what a persistent id names: a storage, or in the legacy format a class that is saved with its source,
     * which stays unread.
     */
    Object persistent(Object id) {
        boolean isClass = id instanceof Tuple tuple && "module".equals(tuple.get(0));
        return isClass && ((Tuple) id).get(1) instanceof Global type ? type : storage(id);
    }

    private PickledStorage storage(Object id) {
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
        PickledStorage known = storages.get(key);
        if (known == null) {
            known = add(key, type, elements);
        }
        if (known.elements() != elements || !known.type().equals(type)) {
            throw broken("storage " + Text.quote(key) + " is described in two ways");
        }
        return known;
    }

    private PickledStorage add(String key, Global type, long elements) {
        PickledStorage storage = new PickledStorage(key, type, elements);
        if (elements < 0 || elements > Long.MAX_VALUE / LARGEST_ELEMENT) {
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

    /** Returns whether a function makes a tensor out of a storage, so that {@link #rebuild} can. */
    static boolean rebuilds(Global function) {
        return function.module().equals("torch._utils")
                && (function.name().equals("_rebuild_tensor")
                        || function.name().equals("_rebuild_tensor_v2")
                        || function.name().equals(UNTYPED));
    }

    /**
     * Returns the tensor that a call makes.
     *
     * @return a {@link PickledTensor}; an {@link Opaque} of the type's name if its elements are of a type that cannot
     *     be converted
     */
    Object rebuild(Global function, Tuple arguments) {
        if (!(arguments.get(0) instanceof PickledStorage storage)
                || !(arguments.get(1) instanceof Long offset)
                || !(arguments.get(2) instanceof Tuple sizes)
                || !(arguments.get(3) instanceof Tuple steps)) {
            throw broken("a tensor that is not described as PyTorch does");
        }
        Global type = storage.type();
        if (function.name().equals(UNTYPED)) {
            if (!(arguments.get(6) instanceof Global named)) {
                throw broken("a tensor without a type");
            }
            type = named;
        }
        DType dtype = type == storage.type() ? storage.dtype() : type.dtype();
        if (sizes.size() > MOST_AXES || steps.size() != sizes.size()) {
            throw broken("a tensor with " + sizes.size() + " sizes and " + steps.size() + " strides");
        }
        return dtype == null
                ? new Opaque(type.full(), true)
                : new PickledTensor(storage, dtype, offset, shape(sizes), numbers(steps));
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
        return new ModelException(file + ": not a PyTorch checkpoint that can be read: it has " + reason
                + "; save the model's state_dict() alone, or download the file again");
    }
}
