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
import java.util.stream.Collectors;

/**
 * Says what a tuning came to.
 *
 * @param task what was tuned
 * @param classes that were learned; 0 where texts were
 * @param settings of the method, by name
 * @param keepsAll whether the method cannot forget, since it leaves texts and embeddings as they are
 * @param training examples that were learned
 * @param validation examples that chose the settings
 * @param test pictures of a folder of their own
 * @param figures on held-out examples, those of the test folder or else of the validation; null without any
 * @param forgetting on other classes; null where it was not measured
 * @param remarks what to know before trusting the numbers
 * @param chart of the losses, for a terminal; empty where there was no training by epochs
 */
record TuningReport(
        String task,
        String method,
        int classes,
        Map<String, Object> settings,
        boolean keepsAll,
        int training,
        int validation,
        int test,
        Measured figures,
        Forgetting forgetting,
        List<String> remarks,
        String chart) {

    /** The name of the figure that says which share of the pictures is classified rightly. */
    static final String ACCURACY = "top1";

    /**
     * Figures of a model on some examples, by name.
     *
     * @param before of the model as it was
     * @param after of the tuned model
     */
    record Measured(int examples, Map<String, Double> before, Map<String, Double> after) {}

    /**
     * Shares of pictures of other classes that are classified rightly.
     *
     * @param before zero-shot
     * @param after by the tuned model
     */
    record Forgetting(int pictures, double before, double after) {}

    /** Returns which examples the figures are of. */
    private String heldOut() {
        return test > 0 ? "test" : "validation";
    }

    private boolean hasClasses() {
        return classes > 0;
    }

    void write(JsonGenerator json, ModelSource source, Path output, double seconds) throws IOException {
        json.writeStringField("task", task);
        json.writeStringField("method", method);
        source.write(json);
        json.writeStringField("output", output.toString());
        if (hasClasses()) {
            json.writeNumberField("classes", classes);
        } else {
            json.writeNullField("classes");
        }
        json.writeNumberField("examples", training);
        json.writeNumberField("validation", validation);
        json.writeNumberField("test", test);
        json.writeObjectFieldStart("settings");
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            json.writePOJOField(setting.getKey(), setting.getValue());
        }
        json.writeEndObject();
        writeFigures(json, "before", figures == null ? null : figures.before);
        writeFigures(json, "after", figures == null ? null : figures.after);
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

    private void writeFigures(JsonGenerator json, String name, Map<String, Double> values) throws IOException {
        if (values == null) {
            json.writeNullField(name);
            return;
        }
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Double> value : values.entrySet()) {
            json.writeNumberField(value.getKey(), value.getValue());
        }
        json.writeNumberField(hasClasses() ? "pictures" : "examples", figures.examples);
        json.writeStringField("on", heldOut());
        json.writeEndObject();
    }

    String describe(Style style, Path output, double seconds) {
        StringBuilder text = new StringBuilder();
        String separator = style.terminal() ? "  " : "\t";
        line(text, style, "method", hasClasses() ? method : task + " by " + method);
        line(text, style, "output", style.value(output));
        if (hasClasses()) {
            line(text, style, "classes", Style.count(classes));
        }
        line(text, style, "examples", Style.count(training));
        if (figures == null) {
            line(
                    text,
                    style,
                    hasClasses() ? "accuracy" : "figures",
                    "not measured" + separator + "nothing is held out");
        } else {
            String on = separator + "of " + Style.count(figures.examples) + " " + heldOut()
                    + (hasClasses() ? " pictures" : " examples");
            line(text, style, "before", describe(figures.before, separator) + on);
            line(text, style, "after", describe(figures.after, separator) + on);
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
                            : "not measured" + (hasClasses() ? separator + "give other classes with --keep" : ""));
        }
        line(text, style, "seconds", String.format(Locale.ROOT, "%.1f", seconds));
        for (String remark : remarks) {
            line(text, style, "remark", style.value(CommandLineWords.of(remark)));
        }
        return text.append(style.terminal() ? chart : "").toString();
    }

    /** Returns an accuracy in percent, or figures with their names. */
    private static String describe(Map<String, Double> figures, String separator) {
        return figures.entrySet().stream()
                .map(figure -> figure.getKey().equals(ACCURACY)
                        ? Style.percent(figure.getValue())
                        : String.format(Locale.ROOT, "%s %.4f", figure.getKey(), figure.getValue()))
                .collect(Collectors.joining(separator));
    }

    private static void line(StringBuilder text, Style style, String name, String value) {
        text.append(style.terminal() ? String.format("%-12s", name) : name + "\t")
                .append(value)
                .append('\n');
    }
}
