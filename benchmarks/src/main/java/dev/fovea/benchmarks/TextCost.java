package dev.fovea.benchmarks;

import dev.fovea.benchmarks.Answerer.Answer;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures what precisions cost a model that writes: answers and tokens that change against f32, and how many answers
 * are right word for word where that is known.
 *
 * @param questions asked
 * @param answers of every precision to all questions, f32 first
 */
record TextCost(List<Question> questions, Map<Precision, List<Answer>> answers) {

    /**
     * Asks everything in every precision.
     *
     * @param ways how to load the model, f32 first
     */
    static TextCost measure(List<LoadOptions> ways, Function<LoadOptions, Answerer> load, List<Question> questions) {
        Map<Path, List<Question>> byPicture = questions.stream()
                .collect(Collectors.groupingBy(Question::picture, LinkedHashMap::new, Collectors.toList()));
        Map<Precision, List<Answer>> answers = new LinkedHashMap<>();
        for (LoadOptions way : ways) {
            System.err.println(way.compute() + " ...");
            List<Answer> given = new ArrayList<>();
            try (Answerer model = load.apply(way)) {
                byPicture.forEach((file, asked) -> given.addAll(model.answers().apply(Picture.read(file), asked)));
            }
            answers.put(way.compute(), given);
        }
        return new TextCost(byPicture.values().stream().flatMap(List::stream).toList(), answers);
    }

    String table() {
        List<Answer> plain = answers.get(Precision.F32);
        int tokens = plain.stream().mapToInt(answer -> answer.tokens().length).sum();
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT,
                "%d answers of %d tokens; *changed*: against f32, tokens as the least number to insert, delete or"
                        + " replace.%n%n",
                questions.size(),
                tokens));
        table.append("| precision | answers changed | tokens changed |")
                .append(knowsTruth() ? " right word for word |" : "");
        table.append("\n|---|---|---|").append(knowsTruth() ? "---|" : "").append('\n');
        answers.forEach((precision, given) -> {
            int changed = 0;
            int changedTokens = 0;
            for (int i = 0; i < given.size(); i++) {
                int changes =
                        TokenChanges.between(plain.get(i).tokens(), given.get(i).tokens());
                changed += changes > 0 ? 1 : 0;
                changedTokens += changes;
            }
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %d (%.2f%%) | %d (%.2f%%) |%s%n",
                    precision,
                    changed,
                    100.0 * changed / questions.size(),
                    changedTokens,
                    100.0 * changedTokens / Math.max(1, tokens),
                    knowsTruth() ? String.format(Locale.ROOT, " %.2f%% |", right(given, question -> true)) : ""));
        });
        return table + (knowsTruth() ? "\n" + byKind() : "");
    }

    /** Tells how many answers of each kind are right in each precision. */
    private String byKind() {
        StringBuilder table = new StringBuilder("| right, by kind | questions |");
        answers.keySet()
                .forEach(precision -> table.append(' ').append(precision).append(" |"));
        table.append("\n|---|---|").append("---|".repeat(answers.size())).append('\n');
        for (String kind : questions.stream().map(Question::kind).distinct().toList()) {
            long asked = questions.stream().filter(q -> q.kind().equals(kind)).count();
            table.append("| ").append(kind.startsWith("<") ? "`" + kind + "`" : kind);
            table.append(" | ").append(asked).append(" |");
            answers.values()
                    .forEach(given -> table.append(String.format(
                            Locale.ROOT, " %.1f%% |", right(given, q -> q.kind().equals(kind)))));
            table.append('\n');
        }
        return table.toString();
    }

    /**
     * Writes what the model said in each precision as a file such as {@code int8.jsonl}: a line for each question with
     * the name of the picture as {@code id}, the kind of question as {@code task}, and {@code raw}, which
     * mini-models/training/florence-mini can score.
     */
    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<Precision, List<Answer>> entry : answers.entrySet()) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < questions.size(); i++) {
                String name = questions.get(i).picture().getFileName().toString();
                lines.append(String.format(
                        "{\"id\": %s, \"task\": %s, \"raw\": %s}%n",
                        quoted(name.substring(0, name.lastIndexOf('.'))),
                        quoted(questions.get(i).kind()),
                        quoted(entry.getValue().get(i).raw())));
            }
            Files.writeString(folder.resolve(entry.getKey() + ".jsonl"), lines);
        }
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            quoted.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : c);
        }
        return quoted.append('"').toString();
    }

    private boolean knowsTruth() {
        return questions.stream().allMatch(question -> question.truth() != null);
    }

    /** Returns the percentage of some questions' answers that are right. */
    private double right(List<Answer> given, Predicate<Question> among) {
        return IntStream.range(0, given.size())
                .filter(i -> among.test(questions.get(i)))
                .mapToDouble(i -> given.get(i).text().equals(questions.get(i).truth()) ? 100 : 0)
                .average()
                .orElse(Double.NaN);
    }
}
