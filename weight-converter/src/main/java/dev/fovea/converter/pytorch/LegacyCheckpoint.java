package dev.fovea.converter.pytorch;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the format before PyTorch 1.6 ({@code _legacy_save} in {@code torch/serialization.py}). It has five pickles one
 * after another: a magic number, the protocol version, facts about the machine, the object, and a list of storage keys.
 * Then come, for each key in that order, the count of elements in eight bytes and the elements.
 */
final class LegacyCheckpoint {

    /**
     * The bytes by which a pickle spells the magic number 0x1950a86a20f9469cfc6c; the instructions around it depend on
     * the protocol.
     */
    private static final byte[] MAGIC = {
        (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8, 0x50, 0x19
    };

    /**
     * The most bytes that a protocol writes before the magic number: the protocol's own number, and the length of a
     * frame.
     */
    private static final int LATEST_MAGIC = 11;

    private static final byte PICKLE = (byte) 0x80;

    private static final long PROTOCOL = 1001;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment bytes;
    private final Tensors tensors;
    private long at;

    private LegacyCheckpoint(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
        this.tensors = new Tensors(file, null);
    }

    static boolean isOne(MemorySegment bytes) {
        if (bytes.byteSize() < MAGIC.length || bytes.get(ValueLayout.JAVA_BYTE, 0) != PICKLE) {
            return false;
        }
        MemorySegment magic = MemorySegment.ofArray(MAGIC);
        for (long from = 2; from <= Math.min(LATEST_MAGIC, bytes.byteSize() - MAGIC.length); from++) {
            if (bytes.asSlice(from, MAGIC.length).mismatch(magic) < 0) {
                return true;
            }
        }
        return false;
    }

    static PytorchFile.Content read(String file, MemorySegment bytes) {
        LegacyCheckpoint checkpoint = new LegacyCheckpoint(file, bytes);
        Object root = checkpoint.read();
        return new PytorchFile.Content(StateDict.of(file, root), false, () -> {});
    }

    private Object read() {
        if (!(pickle() instanceof BigInteger)) {
            throw broken("it does not begin with PyTorch's number");
        }
        if (!(pickle() instanceof Long protocol) || protocol != PROTOCOL) {
            throw broken("it is of another protocol than " + PROTOCOL);
        }
        if (!(pickle() instanceof Map<?, ?> machine) || !Boolean.TRUE.equals(machine.get("little_endian"))) {
            throw broken("its numbers are not little-endian");
        }
        Object root = pickle();
        if (!(pickle() instanceof List<?> keys)) {
            throw broken("it has no list of storages");
        }
        Set<Object> found = new HashSet<>();
        for (Object key : keys) {
            if (!(key instanceof String name) || tensors.storage(name) == null || !found.add(name)) {
                throw broken("its list of storages does not fit its tensors");
            }
            place(tensors.storage(name));
        }
        if (found.size() != tensors.storages().size()) {
            throw broken("its list of storages is too short");
        }
        return root;
    }

    private Object pickle() {
        long length = Math.min(PickleMachine.LONGEST, bytes.byteSize() - at);
        PickleMachine machine = new PickleMachine(file, bytes.asSlice(at, length), tensors);
        Object value = machine.run();
        at += machine.position();
        return value;
    }

    private void place(PickledStorage storage) {
        long length = storage.elements() * storage.elementBytes();
        if (bytes.byteSize() - at < Long.BYTES || length > bytes.byteSize() - at - Long.BYTES) {
            throw broken("it ends before storage " + Text.quote(storage.key()) + " does");
        }
        if (bytes.get(LONG, at) != storage.elements()) {
            throw broken("storage " + Text.quote(storage.key()) + " has two sizes, " + bytes.get(LONG, at) + " and "
                    + storage.elements());
        }
        storage.data(bytes.asSlice(at + Long.BYTES, length));
        at += Long.BYTES + length;
    }

    private FoveaException broken(String reason) {
        return new ModelException(
                file + ": not a checkpoint of PyTorch 0.4 to 1.5 that can be read: " + reason + "; download it again");
    }
}
