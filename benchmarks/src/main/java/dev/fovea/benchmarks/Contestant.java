package dev.fovea.benchmarks;

import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;

/** Does the works of a side-by-side run when asked, and leaves the processor idle otherwise. */
interface Contestant extends AutoCloseable {

    /** Returns who this contestant is. */
    Entrant entrant();

    /** Returns name and version, for people. */
    default String name() {
        return entrant().name();
    }

    /**
     * Does a work some times.
     *
     * @param warm how often to do it before without timing, or -1 for as often as it takes to be warm
     */
    Times run(Work work, int runs, int warm);

    /** Returns what else there is to say after all works; an empty string for nothing. */
    default String remarks() {
        return "";
    }

    @Override
    void close();

    /**
     * Describes a contestant as a table needs it.
     *
     * @param name and version, and the precision unless it is f32
     * @param precision of its arithmetic
     * @param fovea whether it is Fovea, else a peer
     * @param exact whether its answers must be PyTorch's but for rounding in f32
     */
    record Entrant(String name, Precision precision, boolean fovea, boolean exact) {

        Entrant(String name, Precision precision, boolean fovea) {
            this(name, precision, fovea, precision == Precision.F32);
        }

        /**
         * Returns Fovea as an entrant: its revision, and the device and the precision unless they are the usual ones.
         */
        static Entrant fovea(String device, Precision precision) {
            StringBuilder name = new StringBuilder("Fovea");
            name.append(' ').append(System.getProperty("fovea.revision", ""));
            if (!device.equals(Backends.DEFAULT)) {
                name.append(' ').append(device);
            }
            if (precision != Precision.F32) {
                name.append(' ').append(precision);
            }
            return new Entrant(name.toString().replaceAll(" +", " ").strip(), precision, true);
        }
    }

    /**
     * Holds the result of a work.
     *
     * @param milliseconds of each run
     * @param agreement of the result with PyTorch's in f32
     * @param tokens of a generated text, else none
     */
    record Times(double[] milliseconds, Agreement agreement, int[] tokens) {

        /** Returns the times of a work that makes numbers. */
        static Times of(double[] milliseconds, Agreement agreement) {
            return new Times(milliseconds, agreement, new int[0]);
        }
    }
}
