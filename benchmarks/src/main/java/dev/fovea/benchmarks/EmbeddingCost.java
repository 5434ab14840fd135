package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Measures what precisions cost a CLIP: labels and neighbours that change against f32, how far embeddings move, and how
 * many labels are right where that is known. Pictures and labels are both embedded in the precision.
 *
 * @param embeddings in every precision, f32 first
 * @param truth of every picture the label that is right, or an empty list
 */
record EmbeddingCost(Map<Precision, Embeddings> embeddings, List<Integer> truth) {

    private static final int BATCH = 16;
    private static final int NEIGHBOURS = 10;
    private static final int MOST_QUERIES = 1000;

    /** Holds embeddings of unit length. */
    record Embeddings(List<float[]> pictures, List<float[]> labels) {

        /** Returns for every picture its labels by score, the best first. */
        List<int[]> ranks(int most) {
            return pictures.stream()
                    .map(picture -> best(picture, labels, most, -1))
                    .toList();
        }

        /** Returns for some pictures their nearest among all others. */
        List<int[]> neighbours() {
            int queries = Math.min(pictures.size(), MOST_QUERIES);
            return IntStream.range(0, queries)
                    .parallel()
                    .map(query -> (int) ((long) query * pictures.size() / queries))
                    .mapToObj(query -> best(pictures.get(query), pictures, NEIGHBOURS, query))
                    .toList();
        }

        float[] flat() {
            int width = pictures.getFirst().length;
            float[] all = new float[pictures.size() * width];
            for (int i = 0; i < pictures.size(); i++) {
                System.arraycopy(pictures.get(i), 0, all, i * width, width);
            }
            return all;
        }
    }

    /**
     * Embeds everything in every precision.
     *
     * @param ways how to load the model, f32 first
     */
    static EmbeddingCost measure(Path folder, List<LoadOptions> ways, TestPictures pictures, List<String> labels) {
        List<PreparedPicture> prepared = new ArrayList<>();
        Map<Precision, Embeddings> found = new LinkedHashMap<>();
        for (LoadOptions way : ways) {
            System.err.println(way.compute() + " ...");
            try (Clip clip = Clip.load(folder, way)) {
                if (prepared.isEmpty()) {
                    pictures.files()
                            .forEach(file -> prepared.add(clip.preprocessing().prepare(file)));
                }
                List<float[]> embedded = new ArrayList<>();
                for (int from = 0; from < prepared.size(); from += BATCH) {
                    embedded.addAll(clip.embedAll(prepared.subList(from, Math.min(from + BATCH, prepared.size()))));
                }
                found.put(way.compute(), new Embeddings(embedded, clip.embedTexts(labels)));
            }
        }
        List<Integer> truth = pictures.classes().stream().map(labels::indexOf).toList();
        return new EmbeddingCost(found, truth);
    }

    String table() {
        Embeddings plain = embeddings.get(Precision.F32);
        int count = plain.pictures.size();
        int near = Math.min(NEIGHBOURS, count - 1);
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT,
                "%d pictures, %d labels; *label changed*: the best one against f32; *recall@%d*: of the nearest among"
                        + " all other pictures in"
                        + " f32 those that are still among the nearest; *error*, *cosine*: the largest difference"
                        + " relative to the"
                        + " largest number and the least cosine of the pictures' embeddings to f32.%n%n",
                count,
                plain.labels.size(),
                near));
        boolean known = !truth.isEmpty();
        table.append("| precision | label changed | recall@").append(near).append(" | error | cosine |");
        table.append(known ? " top-1 right | top-5 right |" : "").append("\n|---|---|---|---|---|");
        table.append(known ? "---|---|" : "").append('\n');
        List<int[]> plainRanks = plain.ranks(1);
        List<int[]> plainNeighbours = plain.neighbours();
        embeddings.forEach((precision, here) -> {
            List<int[]> ranks = here.ranks(5);
            long changed = IntStream.range(0, count)
                    .filter(i -> ranks.get(i)[0] != plainRanks.get(i)[0])
                    .count();
            Agreement agreement = Agreement.of(here.flat(), plain.flat(), plain.pictures.getFirst().length, true);
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %d (%.2f%%) | %.4f | %.1e | %.6f |",
                    precision,
                    changed,
                    100.0 * changed / count,
                    recall(plainNeighbours, here.neighbours()),
                    agreement.difference(),
                    agreement.cosine()));
            table.append(
                    known
                            ? String.format(Locale.ROOT, " %.2f%% | %.2f%% |%n", right(ranks, 1), right(ranks, 5))
                            : "\n");
        });
        return table.toString();
    }

    private double right(List<int[]> ranks, int most) {
        return IntStream.range(0, ranks.size())
                .mapToDouble(
                        i -> IntStream.of(ranks.get(i)).limit(most).anyMatch(label -> label == truth.get(i)) ? 100 : 0)
                .average()
                .orElse(Double.NaN);
    }

    /** Returns the share of the right neighbours that was found; 1 where there are none. */
    private static double recall(List<int[]> right, List<int[]> found) {
        return IntStream.range(0, right.size())
                .filter(i -> right.get(i).length > 0)
                .mapToDouble(i -> IntStream.of(found.get(i))
                                .filter(n -> IntStream.of(right.get(i)).anyMatch(m -> m == n))
                                .count()
                        / (double) right.get(i).length)
                .average()
                .orElse(1);
    }

    /** Returns the nearest vectors, all but one: the nearest first, and of equals the first. */
    private static int[] best(float[] to, List<float[]> among, int most, int without) {
        int[] best = new int[most];
        float[] scores = new float[most];
        int size = 0;
        for (int i = 0; i < among.size(); i++) {
            float score = dot(to, among.get(i));
            if (i == without || size == most && score <= scores[size - 1]) {
                continue;
            }
            int at = size < most ? size++ : size - 1;
            for (; at > 0 && scores[at - 1] < score; at--) {
                scores[at] = scores[at - 1];
                best[at] = best[at - 1];
            }
            scores[at] = score;
            best[at] = i;
        }
        return Arrays.copyOf(best, size);
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
