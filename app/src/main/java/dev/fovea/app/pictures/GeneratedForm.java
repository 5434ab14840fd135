package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.json.Json;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Shows a generated text: to people a line for each sequence, after the picture's name and a tab where there are
 * several pictures.
 */
public abstract class GeneratedForm implements AnswerForm<GeneratedText> {

    private final Style style;
    private final boolean single;
    private final GenerationFlags flags;
    private final Function<int[], String> text;
    private final boolean streamed;

    /**
     * Shows texts of a model.
     *
     * @param text the text of some tokens
     * @param streamed whether people have seen the text already, all but the end of its line
     */
    protected GeneratedForm(
            Style style,
            PictureArguments pictures,
            GenerationFlags flags,
            Function<int[], String> text,
            boolean streamed) {
        this.style = style;
        this.single = pictures.single();
        this.flags = flags;
        this.text = text;
        this.streamed = streamed;
    }

    /** Writes the fields before the text: nothing, unless a command overrides this. */
    protected void writeStart(JsonGenerator json) throws IOException {}

    /**
     * Writes the fields of one sequence.
     *
     * @param words the text of the tokens
     */
    protected abstract void writeText(JsonGenerator json, String words, int[] tokens) throws IOException;

    @Override
    public final String people(Path file, GeneratedText answer) {
        String before = single ? "" : style.value(file) + "\t";
        return streamed ? before + "\n" : lines(answer, words -> before + style.value(words)) + "\n";
    }

    @Override
    public final void write(JsonGenerator json, GeneratedText answer) throws IOException {
        writeStart(json);
        writeText(json, answer.text(), answer.tokens());
        Json.writeTokens(json, answer.tokens());
        flags.writeSequences(json, answer.generation(), (fields, i) -> {
            int[] tokens = answer.generation().sequences().get(i).tokens();
            writeText(fields, text.apply(tokens), tokens);
        });
    }

    @Override
    public final String text(GeneratedText answer) {
        return lines(answer, words -> words);
    }

    private String lines(GeneratedText answer, Function<String, String> line) {
        return answer.generation().sequences().stream()
                .map(Sequence::tokens)
                .map(text)
                .map(line)
                .collect(Collectors.joining("\n"));
    }
}
