package dev.fovea.models.tokenizer;

import java.util.List;

/** The first step of a tokenizer: cleans a text. Implementations are immutable. */
@FunctionalInterface
interface Normalizer {
    String normalize(String text);

    /** Returns a step that changes nothing. */
    static Normalizer none() {
        return text -> text;
    }

    /** Returns a step that applies others, one after the other. */
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
