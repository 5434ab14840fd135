package dev.fovea.models.nn;

import dev.fovea.models.check.Finite;
import dev.fovea.models.check.NotFiniteException;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.observe.RecordingBackend;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.tensor.safetensors.Weights;
import dev.fovea.tensor.spi.HostMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out why an answer is NaN or infinite. This costs nothing as long as answers are finite. If one is not, the
 * weights are read once more. If they are finite, the work is done again, and the result of every operation is checked.
 */
final class NotFiniteCause {

    private static final int CHUNK = 1 << 14;

    private NotFiniteCause() {}

    /**
     * Returns the exception with its cause.
     *
     * @param noticed where it was noticed
     * @param again does the work that led to it once more
     */
    static NotFiniteException of(NotFiniteException noticed, Weights weights, ModelBackend backend, Runnable again) {
        String cause = inWeights(weights);
        if (cause == null) {
            cause = inModules(backend, again);
        }
        return new NotFiniteException(noticed.answer(), cause, noticed);
    }

    private static String inWeights(Weights weights) {
        List<String> damaged = new ArrayList<>();
        for (String name : weights.used()) {
            TensorEntry entry = weights.entry(name);
            boolean hasNumbers = entry.isWeight() || entry.type().equals(DType.I8.name());
            long count = hasNumbers ? notFinite(weights.tensor(name)) : 0;
            if (count > 0) {
                damaged.add(entry.file() + ": tensor \"" + name + "\" holds " + count + " of "
                        + entry.shape().elements() + " numbers that are NaN or infinite");
            }
        }
        return damaged.isEmpty()
                ? null
                : damaged.getFirst()
                        + (damaged.size() > 1 ? ", and so do " + (damaged.size() - 1) + " other tensors" : "")
                        + "; the checkpoint is damaged, fetch or train it again";
    }

    private static long notFinite(WeightData weight) {
        long elements = weight.shape().elements();
        float[] chunk = new float[(int) Math.min(CHUNK, elements)];
        long count = 0;
        for (long from = 0; from < elements; from += chunk.length) {
            int length = (int) Math.min(chunk.length, elements - from);
            weight.copyTo(from, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                count += Float.isFinite(chunk[i]) ? 0 : 1;
            }
        }
        HostMemory.dropPages(weight.data());
        return count;
    }

    private static String inModules(ModelBackend backend, Runnable again) {
        try {
            backend.observed(
                    new RecordingBackend(
                            backend.computing(), name -> !name.contains("attention.probabilities"), recording -> {
                                if (!Finite.all(recording.values())) {
                                    throw new Found(recording.name());
                                }
                            }),
                    () -> {
                        again.run();
                        return null;
                    });
        } catch (Found found) {
            return "it first appeared in " + found.module + " though all weights are finite; "
                    + "these weights make larger numbers than f32 holds, is the checkpoint broken or of another model?";
        } catch (NotFiniteException noModule) {
            return "no module made such a number, it came up at the end; is the checkpoint broken?";
        }
        return "it did not come up when the work was done again; was the memory or the file changed meanwhile?";
    }

    /** Ends the second run at the first number that is not finite. */
    private static final class Found extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String module;

        Found(String module) {
            super(module, null, false, false);
            this.module = module;
        }
    }
}
