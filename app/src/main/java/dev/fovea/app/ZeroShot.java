package dev.fovea.app;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.LabelScore;
import dev.fovea.models.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.List;

/**
 * Labels as a classifier: each label's templates are filled, embedded, averaged and brought back to unit length
 * (Radford et al. 2021, section 3.1.4), once for all pictures.
 */
final class ZeroShot {

    /** Where a template wants its label. */
    static final String PLACE = "{}";

    private static final int MOST_WARNINGS = 5;
    private static final int BATCH = 256;

    private final Clip clip;
    private final List<String> labels;
    private final List<float[]> embeddings;

    /**
     * Embeds the labels.
     *
     * @param templates texts with {@code {}} for the label; none means the labels as they are
     */
    ZeroShot(Console console, Clip clip, List<String> labels, List<String> templates) {
        this.clip = clip;
        this.labels = List.copyOf(labels);
        List<String> fills = templates.isEmpty() ? List.of(PLACE) : templates;
        List<String> texts = new ArrayList<>(labels.size() * fills.size());
        for (String label : labels) {
            for (String template : fills) {
                texts.add(template.replace(PLACE, label));
            }
        }
        this.embeddings = average(embed(console, clip, texts), fills.size());
    }

    /** The labels' probabilities for a picture, best first. */
    List<LabelScore> score(float[] pictureEmbedding) {
        return clip.score(pictureEmbedding, labels, embeddings);
    }

    /** The embeddings of texts, with a warning for those that are longer than the model reads. */
    static List<float[]> embed(Console console, Clip clip, List<String> texts) {
        List<float[]> embeddings = new ArrayList<>(texts.size());
        int cut = 0;
        try (Progress progress = new Progress(console, "texts", texts.size())) {
            for (int start = 0; start < texts.size(); start += BATCH) {
                List<int[]> tokens = new ArrayList<>();
                for (String text : texts.subList(start, Math.min(start + BATCH, texts.size()))) {
                    Encoding encoding = clip.encode(text);
                    tokens.add(encoding.ids());
                    if (encoding.truncated() && ++cut <= MOST_WARNINGS) {
                        progress.clear();
                        console.warn("\"" + shortened(text) + "\" is longer than the "
                                + clip.config().text().positions()
                                + " tokens that the model reads; its end is left out");
                    }
                }
                embeddings.addAll(clip.embedTokens(tokens));
                progress.advance(tokens.size());
            }
        }
        if (cut > MOST_WARNINGS) {
            console.warn((cut - MOST_WARNINGS) + " more texts are too long; their ends are left out");
        }
        return embeddings;
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, text.offsetByCodePoints(0, 30)) + "..." : text;
    }

    private static List<float[]> average(List<float[]> vectors, int each) {
        if (each == 1) {
            return vectors;
        }
        List<float[]> averages = new ArrayList<>(vectors.size() / each);
        for (int start = 0; start < vectors.size(); start += each) {
            averages.add(unitMean(vectors.subList(start, start + each)));
        }
        return averages;
    }

    private static float[] unitMean(List<float[]> vectors) {
        double[] sum = new double[vectors.getFirst().length];
        for (float[] vector : vectors) {
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
