package dev.fovea.evaluation;

import dev.fovea.evaluation.data.AskedQuestion;
import dev.fovea.evaluation.metrics.TextErrors;
import dev.fovea.evaluation.metrics.VqaAccuracy;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Measures answers to questions about pictures against those of people: {@code vqa_accuracy} and {@code anls}. Parts
 * are the types of answers, where the data has them.
 */
public final class AnswerEvaluation {

    private final boolean official;
    private final Outcome outcome = new Outcome();
    private final List<Double> accuracies = new ArrayList<>();
    private final List<Double> similarities = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private int fewAnswers;

    /** Starts an evaluation that normalises both sides. */
    public AnswerEvaluation() {
        this(false);
    }

    /**
     * Starts an evaluation.
     *
     * @param official whether to normalise as the official program does, where people's answers differ
     */
    public AnswerEvaluation(boolean official) {
        this.official = official;
    }

    /** Adds an answer to a question. */
    public void add(AskedQuestion question, String answer) {
        Objects.requireNonNull(question, "question is null");
        Objects.requireNonNull(answer, "answer is null");
        double accuracy = official
                ? VqaAccuracy.official(answer, question.answers())
                : VqaAccuracy.score(answer, question.answers());
        double similarity = TextErrors.anls(answer, question.answers());
        accuracies.add(accuracy);
        similarities.add(similarity);
        question.type().ifPresent(types::add);
        fewAnswers += question.answers().size() < 4 ? 1 : 0;
        outcome.example(
                question.image(),
                accuracy,
                "question_id",
                question.id(),
                "question",
                question.question(),
                "answer",
                answer,
                "answers",
                question.answers(),
                "anls",
                similarity);
    }

    /**
     * Returns what the answers that were added come to. An example's score is its VQA accuracy.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        outcome.begin();
        double[] values = accuracies.stream().mapToDouble(Double::doubleValue).toArray();
        outcome.mean("vqa_accuracy", values);
        outcome.mean(
                "anls", similarities.stream().mapToDouble(Double::doubleValue).toArray());
        if (types.size() == values.length) {
            outcome.parts("answer_type", types, values);
        }
        if (fewAnswers > 0) {
            outcome.remark(fewAnswers + " of " + values.length
                    + " questions have fewer than four answers of people; there one match counts as right");
        }
        return outcome.end();
    }
}
