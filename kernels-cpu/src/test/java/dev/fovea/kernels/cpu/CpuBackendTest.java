package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.loops.KernelChoice;
import dev.fovea.kernels.cpu.loops.MachineLoops;
import dev.fovea.kernels.cpu.loops.Simd;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;

/** The contract on vectors of the width that surefire's executions set with {@value Simd#WIDTH_PROPERTY}. */
class CpuBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new CpuBackend(KernelChoice.of(MachineLoops.orVectorKernels()), threads == 0 ? 2 : threads);
    }
}
