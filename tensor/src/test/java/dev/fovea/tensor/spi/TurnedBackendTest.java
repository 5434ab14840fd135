package dev.fovea.tensor.spi;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;

/** The contract on the backend of {@code docs/add-a-backend.md}. */
class TurnedBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new TurnedBackend();
    }

    @Override
    protected boolean reusesMemory() {
        return false;
    }
}
