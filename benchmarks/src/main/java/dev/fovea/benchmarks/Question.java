package dev.fovea.benchmarks;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Describes something to ask a model about a picture.
 *
 * @param picture its file
 * @param kind of question, such as {@code <OD>}
 * @param text what is asked besides, or null
 * @param truth the right answer, or null where nobody knows it
 */
record Question(Path picture, String kind, String text, String truth) {

    /**
     * Name of the file that export_test_scenes.py of blip-mini and florence-mini writes beside its pictures: an object
     * a line.
     */
    static final String SCENES = "scenes.jsonl";

    /** Reads questions about test scenes of florence-mini: every task that fits a scene. */
    static List<Question> ofFlorence(Path folder, int scenes) {
        return read(
                folder,
                scenes,
                (picture, scene) -> scene.get("questions").items().stream().map(asked -> {
                    String task = asked.get("task").text("");
                    String words = asked.get("text").text("").substring(task.length());
                    String given = words.isEmpty() ? null : words;
                    return new Question(
                            picture, task, given, asked.get("answer").text(""));
                }));
    }

    /** Reads the questions of the test scenes of blip-mini. */
    static List<Question> ofAnswerer(Path folder, int scenes) {
        return read(
                folder,
                scenes,
                (picture, scene) -> scene.get("questions").items().stream()
                        .map(asked -> new Question(
                                picture,
                                asked.get("kind").text(""),
                                asked.get("question").text(""),
                                asked.get("answer").text(""))));
    }

    /** Reads the captions of the test scenes of blip-mini, by kind of scene. */
    static List<Question> ofCaptioner(Path folder, int scenes) {
        return read(
                folder,
                scenes,
                (picture, scene) -> Stream.of(new Question(
                        picture,
                        scene.get("kind").text(""),
                        null,
                        scene.get("text").text(""))));
    }

    private static List<Question> read(Path folder, int scenes, BiFunction<Path, JsonValue, Stream<Question>> of) {
        Path file = folder.resolve(SCENES);
        try {
            return Files.readAllLines(file).stream()
                    .limit(scenes)
                    .map(line -> JsonReader.readObject(line, file.toString()))
                    .flatMap(scene -> of.apply(folder.resolve(scene.get("image").text("")), scene))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
