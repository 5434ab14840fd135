package dev.fovea.app.session;

import dev.fovea.app.terminal.Console;
import dev.fovea.converter.FastestPrecision;
import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Chooses the precision that a command's models compute in: what was asked for, or what suits each of them. */
final class ComputeChoice {

    private final Compute asked;
    private final String device;
    private final Console console;
    private final Map<Path, Precision> chosen = new HashMap<>();

    /**
     * Makes a choice, and warns once if the device has no arithmetic of its own for what was asked.
     *
     * @param asked null if nobody did
     */
    ComputeChoice(Compute asked, String device, Console console) {
        this.asked = asked;
        this.device = device;
        this.console = console;
        Precision precision = asked == null ? null : asked.precision();
        if (precision != null && !Backends.precisions(device).contains(precision)) {
            console.warn(
                    "--compute " + precision + ": " + device + " has no arithmetic of its own for it here (see \"fovea"
                            + " devices\") and multiplies as in f32, which takes longer");
        }
    }

    /** Returns whether somebody asked, so that JSON says what it is. */
    boolean isAsked() {
        return asked != null;
    }

    /** Returns the precision for the model of a folder. */
    Precision of(Path folder, LoadOptions options) {
        if (asked == null) {
            return Precision.F32;
        }
        return asked == Compute.AUTO
                ? chosen.computeIfAbsent(folder, model -> choose(model, options))
                : asked.precision();
    }

    private Precision choose(Path folder, LoadOptions options) {
        FastestPrecision fastest = FastestPrecision.of(folder, options);
        console.error("--compute auto: " + fastest.precision()
                + (fastest.precision() == Precision.F32
                        ? ", nothing faster on " + device + " changes this model's answers by less than "
                                + FastestPrecision.LARGEST_ERROR
                        : String.format(
                                Locale.ROOT,
                                ", largest error %.1e of at most %s",
                                fastest.error(),
                                FastestPrecision.LARGEST_ERROR)));
        return fastest.precision();
    }
}
