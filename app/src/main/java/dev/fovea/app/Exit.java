package dev.fovea.app;

import java.util.Collection;

/** Names the exit codes of the command line. */
final class Exit {

    /** Everything was done. */
    static final int DONE = 0;

    /** The work failed, or part of it; stderr says why. */
    static final int FAILED = 1;

    /** The command line was wrong. */
    static final int USAGE = 2;

    private Exit() {}

    /**
     * Returns the code of work that went on after failures.
     *
     * @param leftOut what failed
     */
    static int after(Collection<?> leftOut) {
        return leftOut.isEmpty() ? DONE : FAILED;
    }
}
