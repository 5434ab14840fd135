package dev.fovea.app.terminal;

import java.util.Collection;

/** Names the exit codes of the command line. */
public final class Exit {

    /** Everything was done. */
    public static final int DONE = 0;

    /** The work failed, or part of it; stderr says why. */
    public static final int FAILED = 1;

    /** The command line was wrong. */
    public static final int USAGE = 2;

    private Exit() {}

    /**
     * Returns the code of work that continued after failures.
     *
     * @param leftOut what failed
     */
    public static int after(Collection<?> leftOut) {
        return leftOut.isEmpty() ? DONE : FAILED;
    }
}
