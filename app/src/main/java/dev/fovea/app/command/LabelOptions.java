package dev.fovea.app.command;

import dev.fovea.app.terminal.Console;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.FileErrors;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds the options by which zero-shot commands get their texts. */
public final class LabelOptions {

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "Put each label into this text at {}, for example \"a photo of a {}\". Several are averaged.")
    private void template(List<String> texts) {
        templates.clear();
        for (String text : texts) {
            if (!text.contains(PromptTemplates.PLACE)) {
                throw new ParameterException(
                        spec.commandLine(), "--template must hold {} where the label goes, found \"" + text + "\"");
            }
            templates.add(text);
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private final List<String> templates = new ArrayList<>();

    /** Returns the templates, none if the labels are taken as they are. */
    public List<String> templates() {
        return templates;
    }

    /** Embeds labels once for all pictures. */
    public ZeroShotClassifier classifier(Console console, Clip clip, List<String> labels) {
        return clip.classifier(labels, PromptTemplates.of(templates), texts -> TextEmbeddings.of(console, clip, texts));
    }

    /** Reads labels from a file, one a line; empty lines do not count. */
    public static List<String> read(Path file) {
        try {
            String text = Files.readString(file);
            return text.replace("\uFEFF", "")
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (CharacterCodingException e) {
            throw new FoveaException(file + ": not UTF-8 text; write one label a line in UTF-8", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "expected a file with one label a line");
        }
    }
}
