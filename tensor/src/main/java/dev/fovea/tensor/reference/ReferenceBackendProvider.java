package dev.fovea.tensor.reference;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.BackendProvider;
import dev.fovea.tensor.Precision;
import java.util.List;

/** Offers the {@link ReferenceBackend} as {@code reference}. */
public final class ReferenceBackendProvider implements BackendProvider {

    @Override
    public String name() {
        return "reference";
    }

    /** Lists nothing: it is there to define what the others compute, not to be chosen for speed. */
    @Override
    public List<BackendDevice> devices() {
        return List.of();
    }

    @Override
    public List<Precision> precisions() {
        return List.of(Precision.values());
    }

    @Override
    public Backend open(String device, int threads) {
        return new ReferenceBackend();
    }
}
