package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.models.florence.FlorenceResult;
import java.io.IOException;
import java.nio.file.Path;

/** Shows a command's answer about a picture in each way in which it can be asked for. */
public interface AnswerForm<R> {

    /** Returns what people see of the answer about a file, ends of lines included. */
    String people(Path file, R answer);

    /** Writes the fields that JSON has besides model and image. */
    void write(JsonGenerator json, R answer) throws IOException;

    /** Returns the text that is written beside the picture; called only where the command has {@code --sidecar}. */
    default String text(R answer) {
        throw new UnsupportedOperationException();
    }

    /** Returns what is drawn; called only where the command has {@code --draw-to}. */
    default FlorenceResult places(R answer) {
        throw new UnsupportedOperationException();
    }
}
