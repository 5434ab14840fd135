/**
 * Defines what models are made of: tensors, weights, the operations of a backend and their definition in plain loops.
 */
module dev.fovea.tensor {
    exports dev.fovea.tensor;
    exports dev.fovea.tensor.observe;
    exports dev.fovea.tensor.reference;
    exports dev.fovea.tensor.spi;
    exports dev.fovea.tensor.files to
            dev.fovea.app,
            dev.fovea.converter,
            dev.fovea.evaluation,
            dev.fovea.hub,
            dev.fovea.kernels.opencl,
            dev.fovea.minimodels,
            dev.fovea.models,
            dev.fovea.search,
            dev.fovea.service,
            dev.fovea.training;
    exports dev.fovea.tensor.json to
            dev.fovea.app,
            dev.fovea.converter,
            dev.fovea.evaluation,
            dev.fovea.hub,
            dev.fovea.models,
            dev.fovea.search;
    exports dev.fovea.tensor.numbers to
            dev.fovea.converter,
            dev.fovea.kernels.cpu,
            dev.fovea.kernels.opencl,
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.tensor.safetensors to
            dev.fovea.app,
            dev.fovea.converter,
            dev.fovea.hub,
            dev.fovea.models,
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.tensor.services to
            dev.fovea.models;

    uses dev.fovea.tensor.BackendProvider;
}
