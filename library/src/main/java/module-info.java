/** Brings everything that runs models on a CPU: {@code requires dev.fovea} is all that a module of yours says. */
module dev.fovea {
    requires transitive dev.fovea.models;
    requires dev.fovea.hub;
    requires dev.fovea.kernels.cpu;
}
