package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.files.DiskCache;
import dev.fovea.tensor.kit.BackendContract;
import dev.fovea.tensor.kit.OpenClMachine;

/**
 * The contract with kernels cut as for a GPU, whatever the device: many narrow items, products through local memory.
 */
class GpuShapedBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return OpenClMachine.orSkip(() -> {
            Device device = Devices.choose(Devices.all(), "");
            DiskCache cache = DiskCache.ofUser("opencl");
            TileSelection tiles = TileSelection.always(new Tile(4, 1, 8, 8, 8), device, Tuning.GPU, cache);
            return new OpenClBackend(device, Tuning.GPU, tiles, cache);
        });
    }
}
