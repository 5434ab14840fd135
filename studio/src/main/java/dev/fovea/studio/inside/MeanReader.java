package dev.fovea.studio.inside;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.observe.RecordingBackend.Recording;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Reads the last map of a FastViT, MobileCLIP's image tower (Vasu et al. 2023, section 3.3): {@code u = W mean_i f_i +
 * b}. As an attention it is one head without queries that weighs all cells alike, with the cells as values, and nothing
 * follows it.
 */
final class MeanReader extends CellReader {

    private static final String MAP = "final_conv";
    private static final String OUTPUT = "linear(head.fc)";

    /** What is recorded after the stages. */
    static final Set<String> KEPT = Set.of(MAP, OUTPUT);

    private final ClipInside inside;
    private final Recording map;
    private final float[] output;

    MeanReader(ClipInside inside, Map<String, Recording> kept) {
        this.inside = inside;
        map = TowerPass.recording(kept, MAP);
        output = TowerPass.recording(kept, OUTPUT).values();
    }

    @Override
    int heads() {
        return 1;
    }

    @Override
    int width() {
        return map.columns();
    }

    @Override
    float[] attention(int head) {
        float[] row = new float[map.rows()];
        Arrays.fill(row, 1f / map.rows());
        return row;
    }

    @Override
    double[] query() {
        throw withoutQueries();
    }

    @Override
    double[] key(int token) {
        throw withoutQueries();
    }

    private ModelException withoutQueries() {
        return new ModelException(
                inside.clip().folder() + ": is read by a plain mean, which asks nothing, so there is no"
                        + " map of queries and keys; use Grad-CAM, or a CLIP with a vision transformer");
    }

    @Override
    double[] value(int token) {
        return LinearAlgebra.slice(map.values(), token * width(), width());
    }

    @Override
    double[] cell(int cell) {
        return value(cell);
    }

    @Override
    float[] outWeight() {
        return inside.projection();
    }

    @Override
    float[] outBias() {
        return inside.projectionBias();
    }

    @Override
    double[] embeddingOf(double[] attended) {
        return attended;
    }

    @Override
    double[] output() {
        return Readout.slice(output);
    }

    @Override
    double[] backward(double[] du) {
        return du;
    }

    /** Every cell is the same part of the mean. */
    @Override
    double[][] gradientOfCells(float[] text) {
        double[] each = gradient(text);
        for (int channel = 0; channel < each.length; channel++) {
            each[channel] /= map.rows();
        }
        double[][] cells = new double[map.rows()][];
        Arrays.fill(cells, each);
        return cells;
    }
}
