/** Computes on a CPU: in machine code written by Java where there is some for it, elsewhere with the Vector API. */
module dev.fovea.kernels.cpu {
    requires dev.fovea.tensor;
    requires jdk.incubator.vector;
    requires jdk.management;

    provides dev.fovea.tensor.BackendProvider with
            dev.fovea.kernels.cpu.CpuBackendProvider;
}
