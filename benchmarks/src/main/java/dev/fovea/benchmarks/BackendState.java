package dev.fovea.benchmarks;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Tensor;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Opens the backend under test as any program would. */
@State(Scope.Benchmark)
public class BackendState {

    /** The device, as {@code --device} calls it. */
    @Param("cpu")
    public String device;

    /** Threads that compute; 0 for all cores. */
    @Param("0")
    public int threads;

    Backend backend;
    final Inputs inputs = new Inputs();

    @Setup(Level.Trial)
    public void open() {
        backend = Backends.open(device, threads);
    }

    @TearDown(Level.Trial)
    public void close() {
        backend.close();
    }

    /** Runs one operation and gives its result's memory back to the pool, as a forward pass does. */
    void run(Supplier<Tensor> operation) {
        backend.scoped("", () -> {
            operation.get();
            return null;
        });
    }
}
