package dev.fovea.kernels.cpu.gradient;

import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Tensor;

/**
 * Computes the gradients of layer norm and activations, a row at a time, and transposes matrices. Twin: {@code
 * HostGradients}.
 */
public final class RowGradients {

    /** Columns that are transposed at a time, so that the panel stays in the second-level cache. */
    private static final int COLUMNS = 256;

    /** Elements of a row that are activated at a time. */
    private static final int PIECE = 1024;

    /** Below this, {@code gelu(x) / x} loses digits, and a tangent to the distribution function does not. */
    private static final float SMALL = 0x1p-7f;

    /** Beyond this the normal distribution function is 0 or 1 in f32. */
    private static final float FAR = 16;

    private static final float DENSITY = (float) (1 / Math.sqrt(2 * Math.PI));
    private static final float ROOT = (float) Math.sqrt(2 / Math.PI);
    private static final float CUBIC = 0.044715f;
    private static final float QUICK = 1.702f;

    private final Kernels kernels;
    private final Workers workers;

    public RowGradients(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    /** Writes the transpose of {@code x}, as many rows at a time as a panel has columns. */
    public void transpose(Tensor x, Tensor out) {
        int width = kernels.panelColumns();
        long panelStride = (long) width * Float.BYTES;
        workers.forEach((x.rows() + width - 1) / width, piece -> {
            int row = piece * width;
            int rows = Math.min(width, x.rows() - row);
            long panel = Scratch.floats(Scratch.Slot.GRADIENT_PANEL, (long) width * COLUMNS);
            for (int column = 0; column < x.columns(); column += COLUMNS) {
                int count = Math.min(COLUMNS, x.columns() - column);
                long from = Memory.address(x, row) + (long) column * Float.BYTES;
                kernels.transpose(from, Memory.stride(x), rows, panel, count);
                long to = Memory.address(out, column) + (long) row * Float.BYTES;
                kernels.copy(panel, panelStride, to, Memory.stride(out), count, rows);
            }
        });
    }

    /** Computes one row of {@code layerNormGradient}. */
    public void layerNorm(long gradient, long x, long gamma, float epsilon, long out, int count) {
        long normal = Scratch.floats(Scratch.Slot.GRADIENTS, 2L * count + kernels.panelColumns());
        long weighted = normal + (long) count * Float.BYTES;
        long along = weighted + (long) count * Float.BYTES;
        kernels.scale(x, 1, -kernels.sum(x, count) / count, normal, count);
        kernels.scale(normal, 1, -kernels.sum(normal, count) / count, normal, count); // what rounding left of the mean
        float scale = (float) (1 / Math.sqrt(kernels.sumOfSquares(normal, count) / count + epsilon));
        kernels.scale(normal, scale, 0, normal, count);
        kernels.multiply(gradient, gamma, weighted, count);
        float mean = kernels.sum(weighted, count) / count;
        kernels.dots(weighted, normal, 0, 1, count, along);
        kernels.scale(normal, -Memory.get(along) / count, -mean, normal, count);
        kernels.add(weighted, 0, normal, 0, normal, 0, 1, count);
        kernels.scale(normal, scale, 0, out, count);
    }

    /** Computes one row of {@code activationGradient}. */
    public void activation(Activation activation, long gradient, long x, long out, int count) {
        float[] slopes = Scratch.array(Scratch.Packed.GRADIENTS, 2 * PIECE);
        for (int done = 0; done < count; done += PIECE) {
            int length = Math.min(PIECE, count - done);
            long offset = (long) done * Float.BYTES;
            Memory.read(x + offset, slopes, 0, length);
            slopes(activation, slopes, length);
            Memory.read(gradient + offset, slopes, PIECE, length);
            for (int i = 0; i < length; i++) {
                slopes[i] *= slopes[PIECE + i];
            }
            Memory.write(slopes, 0, length, out + offset);
        }
    }

    /** Replaces numbers by the slopes of an activation. */
    private void slopes(Activation activation, float[] x, int count) {
        switch (activation) {
            case IDENTITY -> {
                for (int i = 0; i < count; i++) {
                    x[i] = 1;
                }
            }
            case RELU -> {
                for (int i = 0; i < count; i++) {
                    x[i] = x[i] > 0 ? 1 : x[i] <= 0 ? 0 : x[i];
                }
            }
            case SIGMOID -> {
                long y = activated(Activation.SIGMOID, 1, x, count);
                for (int i = 0; i < count; i++) {
                    float gate = at(y, i);
                    x[i] = gate * (1 - gate);
                }
            }
            case TANH -> {
                long y = activated(Activation.TANH, 1, x, count);
                for (int i = 0; i < count; i++) {
                    x[i] = (1 - at(y, i)) * (1 + at(y, i));
                }
            }
            case SILU -> gated(1, x, count);
            case QUICK_GELU -> gated(QUICK, x, count);
            case GELU -> gelu(x, count);
            case GELU_TANH -> geluTanh(x, count);
        }
    }

    /** Slopes of {@code x sigmoid(factor x)}. */
    private void gated(float factor, float[] x, int count) {
        long gates = activated(Activation.SIGMOID, factor, x, count);
        for (int i = 0; i < count; i++) {
            float gate = at(gates, i);
            float slope = gate * (1 - gate);
            x[i] = gate + (slope == 0 ? 0 : factor * x[i] * slope);
        }
    }

    /** Slopes of {@code x Φ(x)}: {@code Φ(x) + x φ(x)}. */
    private void gelu(float[] x, int count) {
        long y = activated(Activation.GELU, 1, x, count);
        long densities = Scratch.floats(Scratch.Slot.GRADIENT_PANEL, PIECE + kernels.panelColumns());
        Memory.write(x, 0, count, densities);
        kernels.multiply(densities, densities, densities, count);
        kernels.exp(densities, -0.5f, 0, count);
        for (int i = 0; i < count; i++) {
            float z = x[i];
            if (Math.abs(z) > FAR) {
                x[i] = z > 0 ? 1 : 0;
            } else {
                float below = Math.abs(z) < SMALL ? 0.5f + z * DENSITY * (1 - z * z / 6) : at(y, i) / z;
                x[i] = below + z * DENSITY * at(densities, i);
            }
        }
    }

    private void geluTanh(float[] x, int count) {
        float[] inner = Scratch.array(Scratch.Packed.GRADIENTS_INNER, PIECE);
        for (int i = 0; i < count; i++) {
            inner[i] = ROOT * (x[i] + CUBIC * x[i] * x[i] * x[i]);
        }
        long tanhs = activated(Activation.TANH, 1, inner, count);
        for (int i = 0; i < count; i++) {
            float tanh = at(tanhs, i);
            float slope = (1 - tanh) * (1 + tanh) * ROOT;
            x[i] = 0.5f * (1 + tanh) + (slope == 0 ? 0 : 0.5f * x[i] * slope * (1 + 3 * CUBIC * x[i] * x[i]));
        }
    }

    /** Returns the address of the values of an activation at multiples of some numbers. */
    private long activated(Activation activation, float factor, float[] x, int count) {
        long y = Scratch.floats(Scratch.Slot.GRADIENTS, PIECE + kernels.panelColumns());
        Memory.write(x, 0, count, y);
        if (factor != 1) {
            kernels.scale(y, factor, 0, y, count);
        }
        kernels.activate(activation, y, count);
        return y;
    }

    private static float at(long address, int index) {
        return Memory.get(address + (long) index * Float.BYTES);
    }
}
