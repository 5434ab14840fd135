package dev.fovea.app.tuning;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.terminal.CommandLineWords;
import dev.fovea.app.terminal.Style;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Says what a tuning came to.
 *
 * @param classes that were learned
 * @param settings of the method, by name
 * @param keepsAll whether the method cannot forget, since it leaves texts and embeddings as they are
 * @param training pictures that were learned
 * @param validation pictures that chose the settings
 * @param test pictures of a folder of their own
 * @param accuracy on held-out pictures, those of the test folder or else of the validation; null without any
 * @param forgetting on other classes; null where it was not measured
 * @param remarks what to know before trusting the numbers
 */
record TuningReport(
        String method,
        int classes,
        Map<String, Object> settings,
        boolean keepsAll,
        int training,
        int validation,
        int test,
        Measured accuracy,
        Measured forgetting,
        List<String> remarks) {

    /**
     * Shares of pictures that are classified rightly.
     *
     * @param before zero-shot
     * @param after by the tuned model
     */
    record Measured(int pictures, double before, double after) {}

    /** Returns which pictures the accuracy is of. */
    private String heldOut() {
        return test > 0 ? "test" : "validation";
    }

    void write(JsonGenerator json, ModelSource source, Path output, double seconds) throws IOException {
        json.writeStringField("method", method);
        source.write(json);
        json.writeStringField("output", output.toString());
        json.writeNumberField("classes", classes);
        json.writeNumberField("examples", training);
        json.writeNumberField("validation", validation);
        json.writeNumberField("test", test);
        json.writeObjectFieldStart("settings");
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            json.writePOJOField(setting.getKey(), setting.getValue());
        }
        json.writeEndObject();
        writeAccuracy(json, "before", accuracy == null ? null : accuracy.before);
        writeAccuracy(json, "after", accuracy == null ? null : accuracy.after);
        if (forgetting != null) {
            json.writeObjectFieldStart("forgetting");
            json.writeNumberField("pictures", forgetting.pictures);
            json.writeNumberField("before", forgetting.before);
            json.writeNumberField("after", forgetting.after);
            json.writeNumberField("difference", forgetting.before - forgetting.after);
            json.writeEndObject();
        } else if (keepsAll) {
            json.writeObjectFieldStart("forgetting");
            json.writeNumberField("difference", 0);
            json.writeEndObject();
        } else {
            json.writeNullField("forgetting");
        }
        json.writeNumberField("seconds", seconds);
        json.writeArrayFieldStart("remarks");
        for (String remark : remarks) {
            json.writeString(CommandLineWords.of(remark));
        }
        json.writeEndArray();
    }

    private void writeAccuracy(JsonGenerator json, String name, Double share) throws IOException {
        if (share == null) {
            json.writeNullField(name);
            return;
        }
        json.writeObjectFieldStart(name);
        json.writeNumberField("top1", share);
        json.writeNumberField("pictures", accuracy.pictures);
        json.writeStringField("on", heldOut());
        json.writeEndObject();
    }

    String describe(Style style, Path output, double seconds) {
        StringBuilder text = new StringBuilder();
        String separator = style.terminal() ? "  " : "\t";
        line(text, style, "method", method);
        line(text, style, "output", style.value(output));
        line(text, style, "classes", Style.count(classes));
        line(text, style, "examples", Style.count(training));
        if (accuracy == null) {
            line(text, style, "accuracy", "not measured" + separator + "no held-out pictures");
        } else {
            String on = separator + "of " + Style.count(accuracy.pictures) + " " + heldOut() + " pictures";
            line(text, style, "before", Style.percent(accuracy.before) + on);
            line(text, style, "after", Style.percent(accuracy.after) + on);
        }
        if (forgetting != null) {
            line(
                    text,
                    style,
                    "forgetting",
                    Style.percent(forgetting.before) + separator + "to " + Style.percent(forgetting.after) + separator
                            + "of " + Style.count(forgetting.pictures) + " pictures of other classes");
        } else {
            line(
                    text,
                    style,
                    "forgetting",
                    keepsAll
                            ? "none" + separator + "texts and embeddings are as before"
                            : "not measured" + separator + "give other classes with --keep");
        }
        line(text, style, "seconds", String.format(Locale.ROOT, "%.1f", seconds));
        for (String remark : remarks) {
            line(text, style, "remark", style.value(CommandLineWords.of(remark)));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, Style style, String name, String value) {
        text.append(style.terminal() ? String.format("%-12s", name) : name + "\t")
                .append(value)
                .append('\n');
    }
}
