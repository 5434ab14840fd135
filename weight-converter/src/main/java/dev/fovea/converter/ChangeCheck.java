package dev.fovea.converter;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.files.OutputFolder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Measures an {@link OutputChange}: asks the model as it is stored, then the one in another type, one after the other,
 * since each takes as much memory as its weights. What goes wrong here, for instance with a model that Fovea does not
 * run, does not stop the conversion.
 */
final class ChangeCheck {

    /** Writes the model into the folder in some type. */
    @FunctionalInterface
    interface Writing {
        void write(TypeConversion stored) throws IOException;
    }

    private final Backend backend;
    private final long mostBytes;
    private ModelOutputs before;
    private OutputChange change;
    private String skipped;

    /**
     * Makes a check.
     *
     * @param backend what computes; null: nothing is measured
     * @param mostBytes a model with larger weights is not loaded
     */
    ChangeCheck(Backend backend, long mostBytes) {
        this.backend = backend;
        this.mostBytes = mostBytes;
    }

    /**
     * Asks the model as it is stored. If Fovea loads the source's folder, the model is loaded from there. Otherwise it
     * is written into the output folder first, and deleted again.
     *
     * @param loads whether Fovea loads the source's folder
     */
    void before(SourceCheckpoint source, boolean loads, OutputFolder folder, Writing writing) throws IOException {
        if (backend == null) {
            return;
        }
        if (source.bytes() > mostBytes) {
            skipped = "loading the model with its " + (source.bytes() >> 20)
                    + " MiB of weights takes that much memory and more; Converter.measuringChange with a larger limit"
                    + " does it all the same";
            return;
        }
        try {
            if (loads) {
                before = ModelOutputs.of(source.folder(), LoadOptions.on(backend));
                return;
            }
            try {
                writing.write(new TypeConversion(null, bytes -> {}));
                before = ModelOutputs.of(folder.path(), LoadOptions.on(backend));
            } finally {
                folder.clear();
            }
        } catch (FoveaException e) {
            skipped = e.getMessage();
        }
    }

    /** Asks the model in the other type. */
    void after(Path folder) {
        if (before == null) {
            return;
        }
        System.gc(); // a backend's memory is freed when nobody can reach it: the first model's before the second
        // takes its own
        try {
            change = OutputChange.between(before, ModelOutputs.of(folder, LoadOptions.on(backend)));
        } catch (FoveaException e) {
            skipped = e.getMessage();
        }
    }

    /** Returns what was found, null if nothing was measured. */
    OutputChange change() {
        return change;
    }

    /** Returns why nothing was measured, null if it was or nobody wanted to. */
    String skipped() {
        return skipped;
    }
}
