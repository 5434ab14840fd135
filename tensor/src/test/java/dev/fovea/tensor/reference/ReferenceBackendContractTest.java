package dev.fovea.tensor.reference;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.BackendContract;

/**
 * The reference beside itself: proves nothing about its numbers (those are pinned in {@link ReferenceBackendTest} and
 * {@link ReferenceOracleTest}), but that the kit's views, surroundings and bounds are consistent, and that the
 * reference keeps the promises that are not numbers.
 */
class ReferenceBackendContractTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new ReferenceBackend();
    }

    @Override
    protected boolean reusesMemory() {
        return false;
    }
}
