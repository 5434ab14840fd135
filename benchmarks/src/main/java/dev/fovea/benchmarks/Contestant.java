package dev.fovea.benchmarks;

import dev.fovea.tensor.Backends;

/** Somebody who does the works of a side-by-side run when asked and keeps off the processor otherwise. */
interface Contestant extends AutoCloseable {

    /** Name and version. */
    String name();

    /**
     * Does a work some times.
     *
     * @param warm how often to do it before without timing, or -1 for as often as it takes to be warm
     */
    Times run(Work work, int runs, int warm);

    /** What else there is to say after all works; an empty string for nothing. */
    default String remarks() {
        return "";
    }

    @Override
    void close();

    /** How a table calls Fovea: its revision, and the device unless it is the usual one. */
    static String foveaOn(String device) {
        String name = ("Fovea " + System.getProperty("fovea.revision", "")).strip();
        return device.equals(Backends.DEFAULT) ? name : name + " " + device;
    }

    /**
     * What came of it.
     *
     * @param milliseconds of each run
     * @param difference the result's largest difference from PyTorch's, relative to its largest value
     */
    record Times(double[] milliseconds, double difference) {}
}
