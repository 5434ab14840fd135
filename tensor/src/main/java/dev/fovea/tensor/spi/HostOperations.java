package dev.fovea.tensor.spi;

/** Computes small operations that every backend leaves to the host. */
public final class HostOperations {

    private HostOperations() {}
}
