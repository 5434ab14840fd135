package dev.fovea.app;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.PrintStream;

/** Where output goes when the launcher started us. */
final class Streams {

    private Streams() {}

    /**
     * The launcher mutes the JVM's own stderr (the notice about the incubating Vector API cannot be turned off) and hands us
     * the real one under the name in {@code fovea.stderr}. Appending, because it may be a file that others write to as well.
     */
    static void restoreStderr() {
        String name = System.getProperty("fovea.stderr");
        if (name == null) {
            return;
        }
        try {
            System.setErr(new PrintStream(new FileOutputStream(name, true), true, System.err.charset()));
        } catch (FileNotFoundException e) {
            System.out.println("fovea: cannot open " + name + " for messages (" + e.getMessage()
                    + "); run again with FOVEA_DEBUG=1 to see them");
        }
    }
}
