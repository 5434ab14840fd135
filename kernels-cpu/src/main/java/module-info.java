/** Computes on a CPU: with the Vector API, and with machine code written by Java where the processor has more. */
module dev.fovea.kernels.cpu {
    requires dev.fovea.tensor;
    requires jdk.incubator.vector;
    requires jdk.management;

    provides dev.fovea.tensor.BackendProvider with
            dev.fovea.kernels.cpu.CpuBackendProvider;
}
