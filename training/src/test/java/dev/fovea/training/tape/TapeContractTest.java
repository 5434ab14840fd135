package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;
import dev.fovea.tensor.reference.ReferenceBackend;

/** A tape that does not record is a backend as any other. */
class TapeContractTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new Tape(new ReferenceBackend(), Trainables.NONE);
    }

    @Override
    protected boolean reusesMemory() {
        return false;
    }
}
