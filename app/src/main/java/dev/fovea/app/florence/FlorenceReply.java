package dev.fovea.app.florence;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.json.Json;
import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask.Output;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Holds what a command says about a picture.
 *
 * @param answer to the task
 * @param grounding where the phrases of the answer are, or null
 * @param descriptions of each box of the answer, or an empty list
 * @param sequences every sequence of the answer, the best first
 */
public record FlorenceReply(
        FlorenceAnswer answer, FlorenceAnswer grounding, List<String> descriptions, List<FlorenceAnswer> sequences) {

    /** Makes a reply whose answer has no other sequences. */
    public FlorenceReply(FlorenceAnswer answer, FlorenceAnswer grounding, List<String> descriptions) {
        this(answer, grounding, descriptions, List.of(answer));
    }

    /** Returns a reply of nothing but the answer. */
    public static FlorenceReply of(FlorenceAnswer answer) {
        return new FlorenceReply(answer, null, List.of());
    }

    /** Returns this reply with every sequence of the answer. */
    FlorenceReply with(List<FlorenceAnswer> all) {
        return new FlorenceReply(answer, grounding, descriptions, all);
    }

    /** Returns the result that has places: the answer, or where its phrases are. */
    FlorenceResult places() {
        return (grounding == null ? answer : grounding).result();
    }

    /** Returns the words of the answer alone: a text, for each sequence a line, or the lines of text in the picture. */
    String words() {
        if (answer.task().output() == Output.QUADS) {
            return answer.result().quads().stream().map(Finding::label).collect(Collectors.joining("\n"));
        }
        return sequences.stream().map(sequence -> sequence.result().text()).collect(Collectors.joining("\n"));
    }

    /**
     * Writes the fields {@code task}, {@code text}, {@code tokens}, {@code result} and, if there are such, {@code
     * grounding} and {@code sequences}.
     */
    void write(JsonGenerator json, GenerationFlags flags) throws IOException {
        write(json, answer);
        if (grounding != null) {
            json.writeObjectFieldStart("grounding");
            write(json, grounding);
            json.writeEndObject();
        }
        flags.writeSequences(json, answer.generation(), (fields, i) -> {
            fields.writeStringField("text", sequences.get(i).text());
            writeResult(fields, sequences.get(i));
        });
    }

    private void write(JsonGenerator json, FlorenceAnswer written) throws IOException {
        json.writeStringField("task", written.task().token());
        json.writeStringField("text", written.text());
        Json.writeTokens(json, written.generation().best().tokens());
        writeResult(json, written);
    }

    private void writeResult(JsonGenerator json, FlorenceAnswer written) throws IOException {
        json.writeObjectFieldStart("result");
        FlorenceResult result = written.result();
        Output output = written.task().output();
        if (output == Output.TEXT) {
            json.writeStringField("text", result.text());
        }
        if (output == Output.BOXES || output == Output.BOXES_OR_POLYGONS) {
            writeBoxes(json, result.boxes(), written == answer ? descriptions : List.of());
        }
        if (output == Output.QUADS) {
            writeQuads(json, result.quads());
        }
        if (output == Output.POLYGONS || output == Output.BOXES_OR_POLYGONS) {
            writePolygons(json, result.polygons());
        }
        json.writeEndObject();
    }

    private static void writeBoxes(JsonGenerator json, List<Detection> boxes, List<String> descriptions)
            throws IOException {
        json.writeArrayFieldStart("boxes");
        for (int i = 0; i < boxes.size(); i++) {
            Detection box = boxes.get(i);
            writeStart(json, box);
            json.writeFieldName("box");
            json.writeArray(new int[] {box.x1(), box.y1(), box.x2(), box.y2()}, 0, 4);
            writeScore(json, box);
            if (!descriptions.isEmpty()) {
                json.writeStringField("description", descriptions.get(i));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeQuads(JsonGenerator json, List<TextLine> quads) throws IOException {
        json.writeArrayFieldStart("quads");
        for (TextLine quad : quads) {
            writeStart(json, quad);
            json.writeFieldName("quad");
            write(json, quad.corners());
            writeScore(json, quad);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writePolygons(JsonGenerator json, List<Outline> things) throws IOException {
        json.writeArrayFieldStart("polygons");
        for (Outline thing : things) {
            writeStart(json, thing);
            json.writeArrayFieldStart("polygons");
            for (List<Integer> polygon : thing.polygons()) {
                write(json, polygon);
            }
            json.writeEndArray();
            writeScore(json, thing);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeStart(JsonGenerator json, Finding found) throws IOException {
        json.writeStartObject();
        json.writeStringField("label", found.label());
    }

    private static void writeScore(JsonGenerator json, Finding found) throws IOException {
        if (found.score().isPresent()) {
            json.writeNumberField("score", (float) found.score().getAsDouble());
        }
    }

    private static void write(JsonGenerator json, List<Integer> coordinates) throws IOException {
        json.writeArray(coordinates.stream().mapToInt(Integer::intValue).toArray(), 0, coordinates.size());
    }
}
