package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;
import dev.fovea.tensor.kit.OpenClMachine;

/** The contract on the fastest OpenCL device, with the tiles that measure fastest there. */
class OpenClBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return OpenClMachine.orSkip(() -> OpenClBackend.open(""));
    }
}
