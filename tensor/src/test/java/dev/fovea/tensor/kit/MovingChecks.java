package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EXACT;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operations that move rows: look-up, gathering, concatenation, means of sequences; and the views themselves. */
final class MovingChecks {

    private MovingChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("embedding", "every dtype", MovingChecks::embedding),
                Check.of("gatherRows", "random rows", MovingChecks::gatherRows),
                Check.of("concatRows", "several parts", MovingChecks::concatRows),
                Check.of("meanRows", "sequences", MovingChecks::meanRows),
                Check.of("writeRows", "random rows, one after the other", MovingChecks::writeRows),
                Check.of("tensor", "views", MovingChecks::views),
                Check.of("constant", "every dtype and rank", MovingChecks::constant));
    }

    private static void embedding(Trial trial) {
        Draw draw = trial.draw;
        DType dtype = draw.oneOf("dtype", DType.F32, DType.F16, DType.BF16, DType.F64);
        int entries = draw.size("entries", 257);
        WeightData table = draw.weight("table", dtype, 4, entries, draw.size("columns", 129));
        int[] ids = draw.rowNumbers("ids", draw.rows("count", 77), entries);
        trial.compare(backend -> backend.embedding(backend.embeddingWeight(table), ids), EXACT);
    }

    private static void gatherRows(Trial trial) {
        Draw draw = trial.draw;
        int rows = draw.size("rows", 77);
        Matrix x = draw.matrix("x", rows, draw.rows("columns", 129), 30);
        int[] numbers = draw.rowNumbers("numbers", draw.rows("count", 77), rows);
        trial.compare(backend -> backend.gatherRows(trial.on(backend, x), numbers), EXACT);
    }

    private static void concatRows(Trial trial) {
        Draw draw = trial.draw;
        int columns = draw.rows("columns", 129);
        List<Matrix> parts = new ArrayList<>();
        for (int part = draw.between("parts", 1, 5); part > 0; part--) {
            parts.add(draw.matrix("part", draw.rows("rows", 33), columns, 30));
        }
        trial.compare(
                backend -> backend.concatRows(
                        parts.stream().map(part -> trial.on(backend, part)).toList()),
                EXACT);
    }

    private static void meanRows(Trial trial) {
        Draw draw = trial.draw;
        int[] lengths = draw.lengths("lengths", draw.between("sequences", 0, 6), 20);
        boolean mapped = draw.chance("mapped");
        Segments inOrder = Segments.ofLengths(lengths);
        int rows = inOrder.totalLength() + draw.between("spareRows", 1, 3);
        Segments segments = mapped ? draw.shared(lengths, rows) : inOrder;
        Matrix x = draw.matrix("x", rows, draw.size("columns", 129), 30);
        float[] magnitudes = trial.reference(backend -> backend.meanRows(trial.on(backend, x.magnitudes()), segments));
        trial.compare(
                backend -> backend.meanRows(trial.on(backend, x), segments),
                LinearChecks.sum(magnitudes, segments.longest()));
    }

    /** What was read before a row was written stays as it was; what is read afterwards is new. */
    private static void writeRows(Trial trial) {
        Draw draw = trial.draw;
        int rows = draw.size("rows", 33);
        int columns = draw.size("columns", 129);
        int count = draw.between("count", 0, rows);
        int start = draw.between("start", 0, rows - 1);
        int[] first = new int[count];
        Arrays.setAll(first, i -> (start + i) % rows);
        int[] second = draw.rowNumbers("second", 1, rows);
        Matrix x = draw.matrix("x", count, columns, 30);
        Matrix y = draw.matrix("y", 1, columns, 30);
        trial.compareAll(
                backend -> {
                    Tensor target = backend.preallocate(rows, columns);
                    Tensor empty = backend.concatRows(List.of(target));
                    backend.writeRows(target, first, trial.on(backend, x));
                    Tensor one = backend.concatRows(List.of(target));
                    backend.writeRows(target, second, trial.on(backend, y));
                    return List.of(empty, one, target);
                },
                EXACT);
    }

    /** Views of views hold what the same rows and columns of the numbers hold. */
    private static void views(Trial trial) {
        Draw draw = trial.draw;
        Matrix x = draw.matrix("x", draw.rows("rows", 33), draw.rows("columns", 65), 30);
        int fromRow = draw.between("fromRow", 0, x.rows());
        int toRow = draw.between("toRow", fromRow, x.rows());
        int fromColumn = draw.between("fromColumn", 0, x.columns());
        int toColumn = draw.between("toColumn", fromColumn, x.columns());
        int step = draw.between("step", 1, 4);
        trial.compare(
                backend -> {
                    Tensor view = trial.on(backend, x)
                            .columns(fromColumn, toColumn)
                            .rows(fromRow, toRow)
                            .everyRow(step);
                    return backend.concatRows(List.of(view));
                },
                EXACT);
    }

    private static void constant(Trial trial) {
        Draw draw = trial.draw;
        DType dtype = draw.oneOf("dtype", DType.F32, DType.F16, DType.BF16, DType.F64);
        int columns = draw.size("columns", 65);
        long[] extents = draw.oneOf("rank", 1, 2, 3) == 1
                ? new long[] {columns}
                : new long[] {draw.between("rows", 0, 9), columns};
        WeightData data = draw.weight("data", dtype, 4, extents);
        trial.compare(backend -> backend.constant(data), EXACT);
    }
}
