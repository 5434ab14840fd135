/** Computes on OpenCL devices, through JOCL. */
module dev.fovea.kernels.opencl {
    requires dev.fovea.tensor;
    requires jocl;

    provides dev.fovea.tensor.BackendProvider with
            dev.fovea.kernels.opencl.OpenClBackendProvider;
}
