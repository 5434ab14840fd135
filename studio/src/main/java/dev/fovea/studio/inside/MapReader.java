package dev.fovea.studio.inside;

import dev.fovea.tensor.observe.RecordingBackend.Recording;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads the last map of a ResNet (Radford et al. 2021, section 2.4: attention pooling): the mean of its cells, token 0,
 * attends to itself and to all cells. {@code u = Wc o + bc}, and nothing follows.
 */
final class MapReader extends CellReader {

    private static final String POOL = "vision_model.attnpool.";
    private static final String POSITIONS = POOL + "positional_embedding";
    private static final String TOKENS = "attnpool.add";
    private static final String QUERY = "attnpool.linear(q_proj)";
    private static final String ATTENTION = "attnpool.attention.probabilities[0]";

    /** What is recorded of the pooling. */
    static final Set<String> KEPT = Set.of(TOKENS, QUERY, ATTENTION);

    private final ClipInside inside;
    private final int heads;
    private final int features;
    private final int tokens;
    private final float[] map;
    private final float[] query;
    private final float[] attention;
    private double[][] keys;
    private double[][] values;

    MapReader(ClipInside inside, Map<String, Recording> kept) {
        this.inside = inside;
        heads = inside.layout().shape().heads();
        features = inside.layout().shape().hiddenSize();
        map = TowerPass.recording(kept, TOKENS).values();
        tokens = map.length / features;
        query = TowerPass.recording(kept, QUERY).values();
        attention = TowerPass.recording(kept, ATTENTION).values(); // [heads, tokens]
    }

    @Override
    int heads() {
        return heads;
    }

    @Override
    int width() {
        return features;
    }

    @Override
    float[] attention(int head) {
        float[] row = new float[tokens];
        System.arraycopy(attention, head * tokens, row, 0, tokens);
        return row;
    }

    @Override
    double[] query() {
        return Readout.slice(query);
    }

    @Override
    synchronized double[] key(int token) {
        keys = keys == null ? projected("k_proj") : keys;
        return keys[token];
    }

    @Override
    synchronized double[] value(int token) {
        values = values == null ? projected("v_proj") : values;
        return values[token];
    }

    /** The model itself makes no keys and values, since it has a shorter way to the same sums. */
    private double[][] projected(String name) {
        float[] matrix = inside.weight(POOL + name + ".weight");
        float[] bias = inside.weight(POOL + name + ".bias");
        return IntStream.range(0, tokens)
                .parallel()
                .mapToObj(token -> {
                    double[] row = LinearAlgebra.multiply(matrix, LinearAlgebra.slice(map, token * features, features));
                    LinearAlgebra.add(row, bias);
                    return row;
                })
                .toArray(double[][]::new);
    }

    @Override
    float[] outWeight() {
        return inside.keptWeight(POOL + "c_proj.weight");
    }

    @Override
    float[] outBias() {
        return inside.keptWeight(POOL + "c_proj.bias");
    }

    @Override
    double[] embeddingOf(double[] attended) {
        return attended;
    }

    @Override
    double[] output() {
        double[] mixed = new double[features];
        int size = features / heads;
        for (int token = 0; token < tokens; token++) {
            double[] value = value(token);
            for (int channel = 0; channel < features; channel++) {
                mixed[channel] += attention[channel / size * tokens + token] * value[channel];
            }
        }
        return projected(mixed);
    }

    @Override
    double[] backward(double[] du) {
        return du;
    }

    /** Positions were added to the cells, of which the first token is the mean. */
    @Override
    double[] cell(int cell) {
        float[] positions = inside.keptWeight(POSITIONS);
        int from = (cell + 1) * features;
        double[] channels = LinearAlgebra.slice(map, from, features);
        for (int channel = 0; channel < features; channel++) {
            channels[channel] -= positions[from + channel];
        }
        return channels;
    }

    /**
     * Goes back through values, keys and the query, which is the mean of the cells: {@code dt_i = sum_h A_hi Vᵀ g_h +
     * ds_hi Kᵀ q_h / sqrt(d), ds = A (dA - sum A dA), dA_hi = g_h . v_hi}.
     */
    @Override
    double[][] gradientOfCells(float[] text) {
        double[] g = gradient(text);
        double[] q = query();
        int size = features / heads;
        double root = Math.sqrt(size);
        double[][] dValues = new double[tokens][features]; // at the values: A_hi g_h
        double[][] dKeys = new double[tokens][features]; //   at the keys: ds_hi q_h / sqrt(d)
        double[] dQuery = new double[features];
        for (int head = 0; head < heads; head++) {
            double[] dA = new double[tokens];
            double mean = 0;
            for (int token = 0; token < tokens; token++) {
                dA[token] = dotHead(g, value(token), head);
                mean += attention[head * tokens + token] * dA[token];
            }
            for (int token = 0; token < tokens; token++) {
                double weight = attention[head * tokens + token];
                double ds = weight * (dA[token] - mean) / root;
                double[] key = key(token);
                for (int channel = head * size; channel < (head + 1) * size; channel++) {
                    dValues[token][channel] = weight * g[channel];
                    dKeys[token][channel] = ds * q[channel];
                    dQuery[channel] += ds * key[channel];
                }
            }
        }
        float[] k = inside.weight(POOL + "k_proj.weight");
        float[] v = inside.weight(POOL + "v_proj.weight");
        double[][] gradients = IntStream.range(0, tokens)
                .parallel()
                .mapToObj(token -> LinearAlgebra.plus(
                        LinearAlgebra.multiplyTransposed(v, dValues[token]),
                        LinearAlgebra.multiplyTransposed(k, dKeys[token])))
                .toArray(double[][]::new);
        double[] ofMean = LinearAlgebra.plus(
                gradients[0], LinearAlgebra.multiplyTransposed(inside.weight(POOL + "q_proj.weight"), dQuery));
        double[][] cells = new double[tokens - 1][];
        for (int cell = 0; cell < cells.length; cell++) {
            cells[cell] = gradients[cell + 1];
            for (int channel = 0; channel < features; channel++) {
                cells[cell][channel] += ofMean[channel] / cells.length; // every cell is a part of the mean
            }
        }
        return cells;
    }
}
