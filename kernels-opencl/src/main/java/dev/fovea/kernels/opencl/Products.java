package dev.fovea.kernels.opencl;

import dev.fovea.kernels.opencl.DeviceWeights.Matrix;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.QuantizedMatrix;

/** Multiplies rows with a matrix, by {@code product.cl}. */
final class Products {

    // Bits of the kernel's `parts`.
    private static final int HAS_BIAS = 1;
    private static final int HAS_RESIDUAL = 2;
    private static final int HAS_SHORTCUT = 4;

    private final Queue queue;
    private final DeviceMemory memory;
    private final Programs programs;
    private final Tuning tuning;
    private final TileSelection tiles;

    Products(Queue queue, DeviceMemory memory, Programs programs, Tuning tuning, TileSelection tiles) {
        this.queue = queue;
        this.memory = memory;
        this.programs = programs;
        this.tuning = tuning;
        this.tiles = tiles;
    }

    /** Computes {@code activation(norm(x) matrix + bias) + residual} into {@code out}. */
    void multiply(Tensor x, Matrix matrix, Fusion fusion, Tensor out) {
        multiply(x, matrix, fusion, null, out, tiles.of(x.rows(), this::trial));
    }

    /** Computes {@code activation(x matrix + bias + shortcut)} into {@code out}; the shortcut may be null. */
    void multiply(Tensor x, Matrix matrix, Activation activation, Tensor shortcut, Tensor out) {
        Fusion fusion = Fusion.NONE.withActivation(activation);
        multiply(x, matrix, fusion, shortcut, out, tiles.of(x.rows(), this::trial));
    }

    private void multiply(Tensor x, Matrix matrix, Fusion fusion, Tensor shortcut, Tensor out, Tile tile) {
        LayerNorm norm = fusion.norm();
        DeviceStorage statistics = norm == null ? null : statistics(x, norm);
        int parts = (matrix.bias() == null ? 0 : HAS_BIAS)
                | (fusion.residual() == null ? 0 : HAS_RESIDUAL)
                | (shortcut == null ? 0 : HAS_SHORTCUT);
        String macros = tile.macros() + " -D WEIGHT_" + matrix.dtype() + " -D PANEL=" + WeightLoader.PANEL + " -D NORM="
                + (norm == null ? 0 : 1)
                + (matrix.dtype() == DType.I8 ? " -D GROUP=" + QuantizedMatrix.GROUP : "");
        int groupColumns = tile.groupColumns(tuning.width());
        programs.kernel("product", "product", macros)
                .call()
                .tensor(x)
                .array(matrix.values())
                .array(matrix.scales())
                .number(matrix.padded())
                .number(x.rows())
                .number(matrix.inputs())
                .number(matrix.outputs())
                .number(parts)
                .array(matrix.bias())
                .array(statistics)
                .tensor(norm == null ? null : norm.gamma())
                .tensor(norm == null ? null : norm.beta())
                .number(fusion.activation().ordinal())
                .tensor(shortcut == null ? fusion.residual() : shortcut)
                .tensor(out)
                .groups(
                        new long[] {
                            (x.rows() + tile.groupRows() - 1) / tile.groupRows(),
                            (matrix.outputs() + groupColumns - 1) / groupColumns
                        },
                        new long[] {tile.itemsX(), tile.itemsY()});
        if (statistics != null) {
            memory.giveBack(statistics);
        }
    }

    /** Computes mean and scale of every row, {@code [rows, 2]}. */
    private DeviceStorage statistics(Tensor x, LayerNorm norm) {
        DeviceStorage statistics = memory.take(2L * Float.BYTES * x.rows());
        programs.kernel("rows", "norm_statistics", "")
                .call()
                .tensor(x)
                .number(norm.epsilon())
                .number(x.columns())
                .array(statistics)
                .groups(new long[] {x.rows()}, new long[] {tuning.lanes()});
        return statistics;
    }

    /** Runs a product as large as {@link TileSelection} measures. */
    private void trial(int rows, Tile tile) {
        int size = TileSelection.SIZE;
        DeviceStorage numbers = memory.take((long) Float.BYTES * size * Math.max(size, rows));
        queue.clear(numbers, 0, numbers.bytes());
        DeviceStorage target = memory.take((long) Float.BYTES * size * rows);
        Matrix matrix = new Matrix(DType.F32, size, size, size, numbers, null, null);
        multiply(numbers.tensor(rows, size), matrix, Fusion.NONE, null, target.tensor(rows, size), tile);
        queue.finish();
        memory.giveBack(numbers);
        memory.giveBack(target);
    }
}
