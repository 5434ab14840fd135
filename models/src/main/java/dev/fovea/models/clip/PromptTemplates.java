package dev.fovea.models.clip;

import dev.fovea.models.check.Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns labels into the sentences that CLIP was trained on: {@code "a photo of a {}"} with each label at the braces.
 * The embeddings of several templates are averaged for each label and brought back to unit length (Radford et al. 2021,
 * section 3.1.4), which costs nothing per picture.
 *
 * @param templates texts with {@code {}} where the label goes, at least one
 */
public record PromptTemplates(List<String> templates) {

    /** Marks the place of the label in a template. */
    public static final String PLACE = "{}";

    /** Takes the labels as they are. */
    public static final PromptTemplates NONE = new PromptTemplates(List.of(PLACE));

    /** The seven templates that OpenAI found to work best together on ImageNet. */
    public static final PromptTemplates ENSEMBLE = new PromptTemplates(List.of(
            "itap of a {}.",
            "a bad photo of the {}.",
            "a origami {}.",
            "a photo of the large {}.",
            "a {} in a video game.",
            "art of the {}.",
            "a photo of the small {}."));

    /**
     * Checks the templates.
     *
     * @throws IllegalArgumentException if there is none, or one has no place for its label
     */
    public PromptTemplates {
        templates = List.copyOf(Arguments.present(templates, "templates"));
        if (templates.isEmpty()) {
            throw new IllegalArgumentException("no templates; expected at least one, such as \"a photo of a {}\"");
        }
        for (String template : templates) {
            if (!template.contains(PLACE)) {
                throw new IllegalArgumentException(
                        "template \"" + template + "\" has no place for the label; expected {} where it goes");
            }
        }
    }

    /** Makes templates of texts with {@code {}} where the label goes; none takes the labels as they are. */
    public static PromptTemplates of(List<String> templates) {
        return Arguments.present(templates, "templates").isEmpty() ? NONE : new PromptTemplates(templates);
    }

    /**
     * Returns the sentences of all labels: those of the first label in the order of the templates, then those of the
     * next.
     */
    public List<String> texts(List<String> labels) {
        List<String> texts = new ArrayList<>(Arguments.present(labels, "labels").size() * templates.size());
        for (String label : labels) {
            for (String template : templates) {
                texts.add(template.replace(PLACE, label));
            }
        }
        return texts;
    }

    /**
     * Returns a vector of unit length for each label.
     *
     * @param embeddings of {@link #texts}, in their order
     * @throws IllegalArgumentException if they are not a multiple of the templates, or not equally long
     */
    public List<float[]> average(List<float[]> embeddings) {
        int each = templates.size();
        if (Arguments.present(embeddings, "embeddings").size() % each != 0) {
            throw new IllegalArgumentException(
                    embeddings.size() + " embeddings; expected a multiple of the " + each + " templates");
        }
        if (each == 1) {
            return embeddings;
        }
        List<float[]> averages = new ArrayList<>(embeddings.size() / each);
        for (int start = 0; start < embeddings.size(); start += each) {
            averages.add(unitMean(embeddings.subList(start, start + each)));
        }
        return averages;
    }

    private static float[] unitMean(List<float[]> vectors) {
        double[] sum = new double[vectors.getFirst().length];
        for (float[] vector : vectors) {
            if (vector.length != sum.length) {
                throw new IllegalArgumentException(
                        "embeddings of " + sum.length + " and " + vector.length + " numbers; expected one length");
            }
            for (int i = 0; i < sum.length; i++) {
                sum[i] += vector[i];
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        double length = Math.sqrt(squares);
        float[] mean = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            mean[i] = (float) (sum[i] / length);
        }
        return mean;
    }
}
