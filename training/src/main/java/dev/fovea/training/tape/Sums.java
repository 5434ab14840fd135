package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Sums that gradients need, made of what every backend has: a sum of rows is their mean times their number, and a sum
 * along a row is a product with ones. Sums have one order, whatever the number of threads.
 */
final class Sums {

    /** Rows of a partial sum; the partial sums are independent pieces of work. */
    private static final int PART = 64;

    private final Backend backend;

    Sums(Backend backend) {
        this.backend = backend;
    }

    /** Returns one number as a tensor. */
    Tensor number(float value) {
        return backend.tensor(1, 1, new float[] {value});
    }

    /** Returns the sum of each sequence's rows, {@code [segments, columns]}. */
    Tensor rows(Tensor x, Segments segments) {
        float[] lengths = new float[segments.count()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = segments.length(i);
        }
        return backend.multiply(backend.meanRows(x, segments), backend.tensor(lengths.length, 1, lengths));
    }

    /** Returns the sum of every column, {@code [1, columns]}. */
    Tensor columns(Tensor x) {
        Tensor sums = x;
        while (sums.rows() > 1) {
            int[] lengths = new int[Math.ceilDiv(sums.rows(), PART)];
            Arrays.fill(lengths, PART);
            lengths[lengths.length - 1] = sums.rows() - PART * (lengths.length - 1);
            sums = rows(sums, Segments.ofLengths(lengths));
        }
        return sums;
    }

    /** Returns the sum along every row, {@code [rows, 1]}. */
    Tensor along(Tensor x) {
        float[] ones = new float[x.columns()];
        Arrays.fill(ones, 1);
        return backend.matmulTransposed(x, backend.tensor(1, x.columns(), ones));
    }

    /**
     * Undoes a repetition: adds up what the copies of a smaller operand of an element-wise operation got.
     *
     * @param x a gradient as large as the result
     * @param operand the right operand, repeated along rows, columns or both
     */
    Tensor unrepeated(Tensor x, Tensor operand) {
        Tensor sums = x;
        if (operand.columns() < x.columns()) {
            sums = along(sums);
        }
        if (operand.rows() < sums.rows()) {
            int copies = sums.rows() / operand.rows();
            Tensor flat = contiguous(sums).reshape(copies, operand.rows() * operand.columns());
            sums = columns(flat).reshape(operand.rows(), operand.columns());
        }
        return sums;
    }

    /** Returns a tensor whose rows lie end to end. */
    Tensor contiguous(Tensor x) {
        return x.isContiguous() ? x : backend.concatRows(List.of(x));
    }

    /**
     * Adds rows to the rows of zeros that they were copied from.
     *
     * @param x {@code [sources.length, columns]}
     * @param sources for each row where it was copied from, from 0 to {@code rows - 1}; negative where it came from
     *     nowhere
     * @return {@code [rows, columns]}
     */
    Tensor scattered(Tensor x, int[] sources, int rows) {
        int[] counts = new int[rows + 1];
        int most = 0;
        int used = 0;
        for (int source : sources) {
            if (source >= 0) {
                most = Math.max(most, ++counts[source + 1]);
                used++;
            }
        }
        if (most <= 1 && used == sources.length) {
            Tensor sums = backend.preallocate(rows, x.columns());
            backend.writeRows(sums, sources, x);
            return sums;
        }
        for (int row = 0; row < rows; row++) {
            counts[row + 1] += counts[row];
        }
        int[] next = counts.clone();
        int[] order = new int[used];
        for (int i = 0; i < sources.length; i++) {
            if (sources[i] >= 0) {
                order[next[sources[i]]++] = i;
            }
        }
        return rows(x, Segments.mapped(counts, order));
    }

    /** Returns {@code a - b}. */
    Tensor minus(Tensor a, Tensor b) {
        return backend.add(a, backend.multiply(b, number(-1)));
    }

    /** Returns the gradient of a softmax y: {@code y (dy - sum of y dy along the row)}. */
    Tensor softmax(Tensor y, Tensor dy) {
        Tensor weighted = along(backend.multiply(y, dy));
        return backend.multiply(y, backend.add(dy, backend.multiply(weighted, number(-1))));
    }
}
