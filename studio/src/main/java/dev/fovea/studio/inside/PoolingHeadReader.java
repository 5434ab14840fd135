package dev.fovea.studio.inside;

import dev.fovea.tensor.observe.RecordingBackend.Recording;
import java.util.Map;
import java.util.Set;

/** Reads patches with SigLIP's {@link PoolingHead}: one learned query, the probe, attends to all patches. */
final class PoolingHeadReader extends EmbeddingReader {

    private static final String KEYS_VALUES = "head.linear(attention.in_proj_weight)";
    private static final String QUERY = "head.linear(attention.in_proj_weight)#2";
    private static final String ATTENDED = "head.linear(attention.out_proj)";
    private static final String OUTPUT = "head";

    /** What is recorded of the head. */
    static final Set<String> KEPT = Set.of(KEYS_VALUES, QUERY, ATTENDED, OUTPUT);

    private final ClipInside inside;
    private final int heads;
    private final int hidden;
    private final float[] keysValues;
    private final float[] query;
    private final float[] attended;
    private final float[] output;

    PoolingHeadReader(ClipInside inside, Map<String, Recording> kept) {
        this.inside = inside;
        heads = inside.layout().shape().heads();
        hidden = inside.layout().shape().hiddenSize();
        keysValues = TowerPass.recording(kept, KEYS_VALUES).values();
        query = TowerPass.recording(kept, QUERY).values();
        attended = TowerPass.recording(kept, ATTENDED).values();
        output = TowerPass.recording(kept, OUTPUT).values();
    }

    @Override
    int heads() {
        return heads;
    }

    @Override
    int width() {
        return hidden;
    }

    @Override
    float[] attention(int head) {
        int size = hidden / heads;
        double[] weights = new double[keysValues.length / (2 * hidden)];
        for (int token = 0; token < weights.length; token++) {
            int from = token * 2 * hidden + head * size;
            weights[token] = LinearAlgebra.dot(query, head * size, keysValues, from, size) / Math.sqrt(size);
        }
        LinearAlgebra.softmax(weights);
        return LinearAlgebra.floats(weights);
    }

    @Override
    double[] query() {
        return Readout.slice(query);
    }

    @Override
    double[] key(int token) {
        return LinearAlgebra.slice(keysValues, token * 2 * hidden, hidden);
    }

    @Override
    double[] value(int token) {
        return LinearAlgebra.slice(keysValues, token * 2 * hidden + hidden, hidden);
    }

    @Override
    float[] outWeight() {
        return inside.poolingHead().out;
    }

    @Override
    float[] outBias() {
        return inside.poolingHead().outBias;
    }

    @Override
    double[] embeddingOf(double[] a) {
        return inside.poolingHead().mlp.apply(a);
    }

    /** Returns the pooled patches before the head's MLP: a. */
    double[] attended() {
        return Readout.slice(attended);
    }

    @Override
    double[] output() {
        return Readout.slice(output);
    }

    @Override
    double[] backward(double[] du) {
        return inside.poolingHead().mlp.backward(attended(), du);
    }
}
