package dev.fovea.models.tokenizer;

import java.util.List;

/** The first step of a tokenizer: text to cleaned text. Implementations are immutable. */
@FunctionalInterface
interface Normalizer {
    String normalize(String text);

    /** No change at all. */
    static Normalizer none() {
        return text -> text;
    }

    /** One after the other. */
    static Normalizer sequence(List<Normalizer> steps) {
        if (steps.size() == 1) return steps.getFirst();
        Normalizer[] all = steps.toArray(Normalizer[]::new);
        return text -> {
            String result = text;
            for (Normalizer step : all) result = step.normalize(result);
            return result;
        };
    }
}
