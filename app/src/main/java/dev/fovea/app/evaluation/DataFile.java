package dev.fovea.app.evaluation;

import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Holds the argument that names a data set. */
final class DataFile {

    @Parameters(
            index = "0",
            paramLabel = "DATA",
            description = "JSON lines (.jsonl), a JSON list, CSV, TSV or a WebDataset (.tar); names of pictures are"
                    + " relative to it.")
    private Path file;

    @Option(
            names = "--images",
            paramLabel = "FOLDER",
            description = "The folder that names of pictures are relative to (default: that of DATA).")
    private Path images;

    Path file() {
        return file;
    }

    /** Returns the folder of the pictures. */
    Path images() {
        if (images != null) {
            return images;
        }
        return file.getParent() == null ? Path.of("") : file.getParent();
    }

    ExampleFile open() {
        return ExampleFile.open(file, images());
    }

    /**
     * Returns whether the data has a model's answers, so that none need run.
     *
     * @param answer that a model gave to an example, where the data has it
     * @param field that holds it, for messages
     * @throws FoveaException if some examples have an answer and some have none
     */
    <E> boolean isAnswered(List<E> examples, Function<E, Optional<?>> answer, String field) {
        long answered = examples.stream()
                .filter(example -> answer.apply(example).isPresent())
                .count();
        if (answered > 0 && answered < examples.size()) {
            throw new FoveaException(file + ": " + answered + " of " + examples.size() + " examples have a field "
                    + field + ", a model's answer; give all of them one, or none to let the model answer");
        }
        return answered > 0;
    }
}
