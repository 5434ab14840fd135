package dev.fovea.converter.pytorch;

import dev.fovea.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Holds the elements that tensors of a PyTorch file are views of. In the legacy format its bytes come after the pickle
 * that names it.
 */
final class PickledStorage {

    private final String key;
    private final Global type;
    private final long elements;
    private MemorySegment data;

    /**
     * Makes a storage.
     *
     * @param key its name in the file
     * @param type the class, which says what the elements are; of an untyped one they are bytes, and each tensor says
     *     what they mean
     * @param elements how many there are
     */
    PickledStorage(String key, Global type, long elements) {
        this.key = key;
        this.type = type;
        this.elements = elements;
    }

    String key() {
        return key;
    }

    Global type() {
        return type;
    }

    /** Returns the type of the elements, null if the class does not say or its type cannot be converted. */
    DType dtype() {
        return type.storageType();
    }

    long elements() {
        return elements;
    }

    /** Returns the bytes of one element. */
    int elementBytes() {
        return type.storageElementBytes();
    }

    /** Returns the bytes, null as long as they are not known. */
    MemorySegment data() {
        return data;
    }

    void data(MemorySegment bytes) {
        data = bytes;
    }
}
