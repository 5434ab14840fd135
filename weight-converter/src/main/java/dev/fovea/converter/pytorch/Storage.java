package dev.fovea.converter.pytorch;

import dev.fovea.tensor.DType;
import java.lang.foreign.MemorySegment;

/** What tensors of a PyTorch file are views of. In the legacy format its bytes come after the pickle that names it. */
final class Storage {

    private final String key;
    private final DType dtype;
    private final long elements;
    private MemorySegment data;

    /**
     * A storage.
     *
     * @param key its name in the file
     * @param dtype type of its elements; null: they are bytes, and each tensor says what they mean
     * @param elements how many there are
     */
    Storage(String key, DType dtype, long elements) {
        this.key = key;
        this.dtype = dtype;
        this.elements = elements;
    }

    String key() {
        return key;
    }

    DType dtype() {
        return dtype;
    }

    long elements() {
        return elements;
    }

    /** Bytes of one element. */
    int elementBytes() {
        return dtype == null ? 1 : dtype.bytes();
    }

    /** The bytes, null as long as they are not known. */
    MemorySegment data() {
        return data;
    }

    void data(MemorySegment bytes) {
        data = bytes;
    }
}
