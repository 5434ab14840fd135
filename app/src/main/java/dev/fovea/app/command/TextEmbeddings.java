package dev.fovea.app.command;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Progress;
import dev.fovea.models.clip.Clip;
import java.util.ArrayList;
import java.util.List;

/** Embeds texts and shows the progress. */
public final class TextEmbeddings {

    private static final int MOST_WARNINGS = 5;
    private static final int BATCH = 256;

    private TextEmbeddings() {}

    /** Returns the embeddings of texts, and warns of those that are longer than the model reads. */
    public static List<float[]> of(Console console, Clip clip, List<String> texts) {
        List<float[]> embeddings = new ArrayList<>(texts.size());
        int cut = 0;
        try (Progress progress = new Progress(console, "texts", texts.size())) {
            for (int start = 0; start < texts.size(); start += BATCH) {
                List<int[]> tokens = new ArrayList<>();
                for (String text : texts.subList(start, Math.min(start + BATCH, texts.size()))) {
                    int[] ids = clip.encode(text);
                    tokens.add(ids);
                    if (!clip.fits(text) && ++cut <= MOST_WARNINGS) {
                        progress.clear();
                        console.warn("\"" + shortened(text) + "\" is longer than the "
                                + ids.length
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
}
