package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.loops.KernelChoice;
import dev.fovea.kernels.cpu.loops.MachineLoops;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;

/** The contract while all tiles have one height, as in the first moments of a program. */
class ColdBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new CpuBackend(
                KernelChoice.of(MachineLoops.orVectorKernels(), Long.MAX_VALUE), threads == 0 ? 2 : threads);
    }
}
