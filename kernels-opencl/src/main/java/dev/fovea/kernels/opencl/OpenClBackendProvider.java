package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.BackendProvider;
import java.util.List;

/** Offers {@link OpenClBackend} as {@code opencl}. */
public final class OpenClBackendProvider implements BackendProvider {

    @Override
    public String name() {
        return "opencl";
    }

    @Override
    public List<BackendDevice> devices() {
        return Devices.all().stream().map(Device::listed).toList();
    }

    @Override
    public Backend open(String device, int threads) {
        return OpenClBackend.on(Devices.choose(Devices.all(), device));
    }
}
