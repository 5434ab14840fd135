package dev.fovea.models.nn;

import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;

/**
 * Tells checkpoints apart without reading them as a whole: names, types, shapes and some bytes of every tensor.
 * Training in any form changes whole tensors, so what differs anywhere differs in these bytes, while 600 MB cost some
 * thousand reads of 64 bytes. How tensors are spread over files does not count.
 */
final class WeightsFingerprint {

    private static final int PLACES = 4;
    private static final int BYTES = 64;

    private WeightsFingerprint() {}

    /** Adds all tensors of a checkpoint to a digest. */
    static void add(MessageDigest digest, Checkpoint checkpoint) {
        List<TensorEntry> tensors = checkpoint.tensors().stream()
                .sorted(Comparator.comparing(TensorEntry::name))
                .toList();
        for (TensorEntry tensor : tensors) {
            digest.update((tensor.name() + " " + tensor.type() + " " + tensor.shape() + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            MemorySegment data = tensor.data();
            long last = Math.max(0, data.byteSize() - BYTES);
            for (int place = 0; place < PLACES; place++) {
                long start = last * place / (PLACES - 1);
                digest.update(data.asSlice(start, Math.min(BYTES, data.byteSize() - start))
                        .asByteBuffer());
            }
        }
    }
}
