package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.loops.KernelChoice;
import dev.fovea.kernels.cpu.loops.PlainKernels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;

/** The contract without the Vector API. */
class PlainBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new CpuBackend(KernelChoice.of(new PlainKernels(16)), threads == 0 ? 2 : threads);
    }
}
