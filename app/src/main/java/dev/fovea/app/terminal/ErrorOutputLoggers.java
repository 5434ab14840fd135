package dev.fovea.app.terminal;

import java.util.ResourceBundle;

/**
 * Prints what the library warns of as a line of this command on the error output; everything else that is logged is
 * dropped.
 */
public final class ErrorOutputLoggers extends System.LoggerFinder {

    private static final String OURS = "dev.fovea";

    /** Used by the service loader. */
    public ErrorOutputLoggers() {}

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new ErrorOutputLogger(name);
    }

    private record ErrorOutputLogger(String name) implements System.Logger {

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            return name.startsWith(OURS) && level != Level.OFF && level.getSeverity() >= Level.WARNING.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (isLoggable(level)) {
                System.err.println("fovea: " + message);
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            log(level, bundle, format, (Throwable) null);
        }
    }
}
