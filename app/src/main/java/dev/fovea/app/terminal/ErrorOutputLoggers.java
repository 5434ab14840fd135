package dev.fovea.app.terminal;

import java.util.ResourceBundle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Prints what the library warns of as a line of this command on the error output; everything else that is logged is
 * dropped.
 */
public final class ErrorOutputLoggers extends System.LoggerFinder {

    private static final String OURS = "dev.fovea";

    /** Loggers of which lines of every level are printed. */
    private static final Set<String> SHOWN = ConcurrentHashMap.newKeySet();

    /** Used by the service loader. */
    public ErrorOutputLoggers() {}

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new ErrorOutputLogger(name);
    }

    /** Prints what a logger says from now on, also where it is no warning. */
    public static void show(String name) {
        SHOWN.add(name);
    }

    private record ErrorOutputLogger(String name) implements System.Logger {

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            boolean isWarning = level != Level.OFF && level.getSeverity() >= Level.WARNING.getSeverity();
            return name.startsWith(OURS) && (isWarning || SHOWN.contains(name));
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (isLoggable(level)) {
                System.err.println("fovea: " + Printable.line(String.valueOf(message)));
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            log(level, bundle, format, (Throwable) null);
        }
    }
}
