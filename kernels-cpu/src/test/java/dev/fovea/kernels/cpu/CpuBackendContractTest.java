package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;

/** What every backend must pass, at the width of this machine or of {@code -Dfovea.vector.bits}. */
class CpuBackendContractTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new CpuBackendProvider().open(threads);
    }
}
