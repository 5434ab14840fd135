package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Storage;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.spi.HostStorage;
import dev.fovea.tensor.spi.Scopes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Mistakes that are not in the numbers: memory, bits, conditions. */
final class BrokenPromises {

    private static final AtomicInteger OPENED = new AtomicInteger();

    private BrokenPromises() {}

    /** Overwrites what scopes give back, as the next user of the memory would. */
    private static class Poisoning extends Broken {
        final Scopes<HostStorage> scopes = new Scopes<>(BrokenPromises::poison);

        @Override
        public Tensor tensor(int rows, int columns, float[] values) {
            Tensor tensor = super.tensor(rows, columns, values);
            scopes.register((HostStorage) tensor.storage());
            return tensor;
        }

        @Override
        protected <T> T around(Call call, Supplier<T> operation) {
            T result = super.around(call, operation);
            if (result instanceof Tensor tensor) {
                scopes.register((HostStorage) tensor.storage());
            }
            return result;
        }

        @Override
        public <T> T scoped(String name, Supplier<T> work) {
            return scopes.run(work);
        }

        @Override
        public void release(Tensor tensor) {
            scopes.release(tensor.storage());
        }
    }

    private static void poison(Storage storage) {
        float[] poison = new float[(int) storage.capacity()];
        Arrays.fill(poison, Float.NaN);
        ((HostStorage) storage).write(0, poison, 0, poison.length);
    }

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put("scopes: a returned list is given back", () -> new Poisoning() {
            @Override
            public <T> T scoped(String name, Supplier<T> work) {
                Object[] result = new Object[1];
                Tensor kept = scopes.run(() -> {
                    result[0] = work.get();
                    return result[0] instanceof Tensor tensor ? tensor : null;
                });
                @SuppressWarnings("unchecked")
                T same = (T) (kept == null ? result[0] : kept);
                return same;
            }
        });
        mistakes.put("scopes: what is returned is given back with the scope around", () -> new Poisoning() {
            @Override
            public <T> T scoped(String name, Supplier<T> work) {
                T result = super.scoped(name, work);
                if (name.equals("inner") && result instanceof Tensor tensor) {
                    poison(tensor.storage());
                }
                return result;
            }
        });
        mistakes.put("scopes: a constant is given back with the scope it was made in", () -> new Poisoning() {
            @Override
            public Tensor constant(dev.fovea.tensor.WeightData data) {
                Tensor constant = super.constant(data);
                scopes.register((HostStorage) constant.storage());
                return constant;
            }
        });
        mistakes.put("scopes: what was made outside is given back too", () -> new Poisoning() {
            @Override
            public Tensor add(Tensor a, Tensor b) {
                scopes.register((HostStorage) a.storage());
                return super.add(a, b);
            }
        });
        mistakes.put("scopes: a failure is swallowed", () -> new Broken() {
            @Override
            public <T> T scoped(String name, Supplier<T> work) {
                try {
                    return super.scoped(name, work);
                } catch (IllegalStateException e) {
                    return null;
                }
            }
        });
        mistakes.put("scopes: memory is never used again", Broken::new);
        mistakes.put("add: works in place", () -> new Broken() {
            @Override
            public Tensor add(Tensor a, Tensor b) {
                Tensor sum = super.add(a, b);
                float[] values = sum.toArray();
                for (int row = 0; row < a.rows(); row++) {
                    ((HostStorage) a.storage())
                            .write(a.offset() + row * a.rowStride(), values, row * a.columns(), a.columns());
                }
                return sum;
            }
        });
        mistakes.put("softmax: writes beside its input", () -> new Broken() {
            @Override
            public Tensor softmax(Tensor x) {
                if (x.rows() > 0 && x.offset() > 0) {
                    ((HostStorage) x.storage()).write(x.offset() - 1, new float[1], 0, 1);
                }
                return super.softmax(x);
            }
        });
        mistakes.put("bits: every backend rounds a little differently", () -> {
            int number = OPENED.incrementAndGet();
            return new Broken() {
                @Override
                public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
                    return changed(super.linear(x, weight, fusion), values -> nudged(values, number));
                }
            };
        });
        mistakes.put("bits: single rows round differently", () -> new Broken() {
            @Override
            public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
                Tensor result = super.linear(x, weight, fusion);
                return x.rows() > 1 ? result : changed(result, values -> nudged(values, 1));
            }
        });
        mistakes.put("bits: norms round as the first row does", () -> new Broken() {
            @Override
            public Tensor layerNorm(Tensor x, LayerNorm norm) {
                return changed(super.layerNorm(x, norm), values -> nudged(values, x.rows()));
            }
        });
        mistakes.put("bits: two callers share a buffer", () -> new Broken() {
            private final AtomicInteger callers = new AtomicInteger();

            @Override
            public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
                boolean alone = callers.incrementAndGet() == 1;
                Tensor result = super.linear(x, weight, fusion);
                alone &= callers.getAndDecrement() == 1;
                return alone ? result : changed(result, values -> nudged(values, 1));
            }
        });
        mistakes.put("hostile: memory of an ended scope is read", () -> new Broken() {
            @Override
            public Tensor softmax(Tensor x) {
                return super.softmax(x == null ? null : withoutStride(x.rows(0, x.rows())));
            }
        });
        mistakes.put("hostile: an operand that is null is seen too late", () -> new Broken() {
            @Override
            public Tensor activate(Tensor x, Activation activation) {
                return x.rows() == 0 ? tensor(0, x.columns(), new float[0]) : super.activate(x, activation);
            }
        });
        mistakes.put("hostile: a norm without rows is taken for ones and zeros", () -> new Broken() {
            @Override
            public Tensor layerNorm(Tensor x, LayerNorm norm) {
                boolean none = x != null && norm != null && norm.gamma().rows() == 0;
                return none ? tensor(x.rows(), x.columns(), x.toArray()) : super.layerNorm(x, norm);
            }
        });
        mistakes.put("hostile: rows are counted modulo 2^32", () -> new Broken() {
            @Override
            public Tensor concatRows(List<Tensor> parts) {
                if (parts == null || parts.size() < 100) {
                    return super.concatRows(parts);
                }
                int rows = parts.stream().mapToInt(Tensor::rows).sum();
                return tensor(
                        rows,
                        parts.getFirst().columns(),
                        new float[rows * parts.getFirst().columns()]);
            }
        });
        mistakes.put("mistakes: rows that do not exist are taken for the last one", () -> new Broken() {
            @Override
            public Tensor gatherRows(Tensor x, int[] rows) {
                return super.gatherRows(
                        x,
                        Arrays.stream(rows)
                                .map(row -> Math.clamp(row, 0, x.rows() - 1))
                                .toArray());
            }
        });
        mistakes.put("mistakes: the message says nothing", () -> new Broken() {
            @Override
            public Tensor matmul(Tensor a, Tensor b) {
                if (a.columns() != b.rows()) {
                    throw new IllegalArgumentException("sizes do not fit");
                }
                return super.matmul(a, b);
            }
        });
        mistakes.put("mistakes: an index out of bounds instead of a message", () -> new Broken() {
            @Override
            public Tensor concatRows(List<Tensor> parts) {
                parts.get(0);
                return super.concatRows(parts);
            }
        });
    }

    private static float[] nudged(float[] values, int ulps) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) ^ (ulps & 1));
        }
        return values;
    }
}
