package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.loops.KernelChoice;
import dev.fovea.kernels.cpu.machine.KernelListing;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.memory.NativeAccess;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.BackendProvider;
import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.spi.HostMemory;
import java.util.List;

/** Offers {@link CpuBackend} as {@code cpu}. */
public final class CpuBackendProvider implements BackendProvider {

    /** More than any machine has processors. */
    private static final int MOST_THREADS = 4096;

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public List<BackendDevice> devices() {
        NativeAccess.require();
        return List.of(new BackendDevice(
                "cpu",
                "CPU",
                System.getProperty("os.arch"),
                KernelChoice.usual() + ", " + MachineKernels.description(),
                "",
                Runtime.getRuntime().availableProcessors(),
                HostMemory.total(),
                precisions(),
                null));
    }

    @Override
    public List<Precision> precisions() {
        NativeAccess.require();
        return MachineKernels.precisions();
    }

    @Override
    public List<String> kernels() {
        NativeAccess.require();
        return KernelListing.namesHere();
    }

    @Override
    public String listing(String kernel) {
        return KernelListing.of(kernel);
    }

    @Override
    public Backend open(String device, int threads) {
        if (!device.isEmpty()) {
            throw new DeviceException("the CPU is one device; ask for cpu instead of cpu:" + device);
        }
        if (threads < 0 || threads > MOST_THREADS) {
            throw new DeviceException(threads + " threads; expected 1 to " + MOST_THREADS + ", or 0 for all cores");
        }
        NativeAccess.require();
        return new CpuBackend(
                KernelChoice.begin(warning -> System.getLogger("dev.fovea").log(System.Logger.Level.WARNING, warning)),
                threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    }
}
