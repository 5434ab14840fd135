package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.BackendProvider;

/** Offers {@link CpuBackend} as {@code cpu}. */
public final class CpuBackendProvider implements BackendProvider {

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Backend open(int threads) {
        return new CpuBackend(
                KernelChoice.begin(warning -> System.err.println("fovea: " + warning)),
                threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    }
}
