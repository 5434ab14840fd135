package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;

/**
 * The numbers of an input on the host, and how a backend under test gets to see them: whole, or as a view into a larger
 * matrix that holds NaN everywhere else, so that a kernel which reads beside the view cannot hide it.
 *
 * @param values {@code [rows, columns]}
 * @param view where the matrix lies
 * @param what the kind of numbers, for people
 */
record Matrix(float[] values, int rows, int columns, View view, String what) {

    /**
     * What lies around a matrix.
     *
     * @param above rows before its first
     * @param below rows after its last
     * @param step every how many rows there is one of its own
     * @param left columns before its first
     * @param right columns after its last
     */
    record View(int above, int below, int step, int left, int right) {
        static final View WHOLE = new View(0, 0, 1, 0, 0);

        @Override
        public String toString() {
            return equals(WHOLE)
                    ? "whole"
                    : "every " + step + ". row below " + above + " above " + below + ", right of " + left + " left of "
                            + right;
        }
    }

    /** The matrix that this one is a view into. */
    float[] surroundings() {
        int width = width();
        float[] all = new float[height() * width];
        Arrays.fill(all, Float.NaN);
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, row * columns, all, (view.above + row * view.step) * width + view.left, columns);
        }
        return all;
    }

    private int width() {
        return view.left + columns + view.right;
    }

    private int height() {
        return view.above + rows * view.step + view.below;
    }

    /** Puts the surroundings into a backend. */
    Tensor placeSurroundings(Backend backend) {
        return backend.tensor(height(), width(), surroundings());
    }

    /** The view of this matrix into its surroundings. */
    Tensor seenIn(Tensor surroundings) {
        int end = rows == 0 ? view.above : view.above + (rows - 1) * view.step + 1;
        return surroundings.rows(view.above, end).everyRow(view.step).columns(view.left, view.left + columns);
    }

    /** Returns a matrix in this place with other values. */
    Matrix with(float[] numbers) {
        return new Matrix(numbers, rows, columns, view, what);
    }

    /** The magnitudes of the elements: what bounds are made of. */
    Matrix magnitudes() {
        float[] magnitudes = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            magnitudes[i] = Math.abs(values[i]);
        }
        return with(magnitudes);
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + columns + "] " + what + " " + view;
    }
}
