package dev.fovea.tensor.spi;

/** Small operations that every backend does on the host. */
public final class HostOperations {

    private HostOperations() {}
}
