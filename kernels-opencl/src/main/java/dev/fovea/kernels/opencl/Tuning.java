package dev.fovea.kernels.opencl;

/**
 * Says how the kernels are cut for a kind of device.
 *
 * @param width floats that an item takes at a time
 * @param lanes items that share a row in reductions
 * @param queries items, a query each, that share keys and values in attention
 */
record Tuning(int width, int lanes, int queries) {

    /** Items in step with each other, and loads of 16 bytes. */
    static final Tuning GPU = new Tuning(4, 64, 64);

    private static final int WIDEST = 16;

    /**
     * Returns what fits a device: one item with wide vectors does on a processor what many narrow ones do on a GPU.
     */
    static Tuning of(Device device) {
        if (!device.kind().equals(Device.CPU)) {
            return GPU;
        }
        int width = Math.clamp(Integer.highestOneBit(Math.max(1, device.nativeWidth())), 4, WIDEST);
        return new Tuning(width, 1, 16);
    }

    String macros() {
        return "-cl-std=CL1.2 -D WIDTH=" + width + " -D LANES=" + lanes;
    }
}
