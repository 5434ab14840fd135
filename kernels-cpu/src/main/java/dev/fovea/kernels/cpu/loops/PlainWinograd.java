package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.memory.Memory;

/** Applies the {@link WinogradTransforms} in plain loops. Twin: {@link VectorWinograd}. */
public final class PlainWinograd {

    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int OUT = WinogradTransforms.OUT;

    private PlainWinograd() {}

    /** Computes {@link Kernels#winogradInput}. */
    static void input(long[] pixels, int channel, long to, long toStride, int channels) {
        float[] square = new float[SIDE * SIDE];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < square.length; i++) {
                square[i] = Memory.get(pixels[i] + (channel + c) * 4L);
            }
            float[] out = sandwich(WinogradTransforms.INPUT, square, SIDE);
            for (int i = 0; i < out.length; i++) {
                Memory.set(to + i * toStride + c * 4L, out[i]);
            }
        }
    }

    /** Computes {@link Kernels#winogradOutput}. */
    static void output(long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, int columns) {
        float[] square = new float[SIDE * SIDE];
        for (int c = 0; c < columns; c++) {
            for (int i = 0; i < square.length; i++) {
                square[i] = Memory.get(from + i * fromStride + c * 4L);
            }
            float[] out = sandwich(WinogradTransforms.OUTPUT, square, SIDE);
            for (int i = 0; i < OUT * OUT; i++) {
                long pixel = to + i / OUT * lineBytes + i % OUT * pixelBytes;
                Memory.set(pixel + c * 4L, out[i] + Memory.get(bias + c * 4L));
            }
        }
    }

    /** Computes {@code T x Tᵀ} for a square x of a side. */
    public static float[] sandwich(double[][] transform, float[] square, int side) {
        int rows = transform.length;
        double[] half = new double[rows * side];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < side; j++) {
                for (int k = 0; k < side; k++) {
                    half[i * side + j] += transform[i][k] * square[k * side + j];
                }
            }
        }
        float[] out = new float[rows * rows];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                double sum = 0;
                for (int k = 0; k < side; k++) {
                    sum += half[i * side + k] * transform[j][k];
                }
                out[i * rows + j] = (float) sum;
            }
        }
        return out;
    }
}
