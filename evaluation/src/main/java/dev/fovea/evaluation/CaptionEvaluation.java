package dev.fovea.evaluation;

import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.metrics.Bleu;
import dev.fovea.evaluation.metrics.CiderD;
import dev.fovea.evaluation.metrics.ClipScore;
import dev.fovea.evaluation.metrics.RougeL;
import dev.fovea.evaluation.metrics.ScoredCaption;
import dev.fovea.models.TextEmbedder;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Measures captions against those of people: {@code cider}, {@code bleu_1} to {@code bleu_4}, {@code rouge_l}, and with
 * embeddings {@code clip_score} and {@code ref_clip_score}.
 */
public final class CaptionEvaluation {

    private final List<CaptionedImage> pictures = new ArrayList<>();
    private final List<String> captions = new ArrayList<>();
    private final List<ScoredCaption> words = new ArrayList<>();
    /** CLIPScore and RefCLIPScore of each caption; empty arrays where there are none. */
    private final List<double[]> clipScores = new ArrayList<>();

    /** Starts an evaluation. */
    public CaptionEvaluation() {}

    /** Adds a caption of a picture. */
    public void add(CaptionedImage picture, String caption) {
        add(picture, caption, new double[0]);
    }

    /**
     * Adds a caption of a picture that a CLIP has embedded, for CLIPScore.
     *
     * @param embedding of the picture
     * @param texts embeds the caption and the references
     */
    public void add(CaptionedImage picture, String caption, float[] embedding, TextEmbedder texts) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(caption, "caption is null");
        Objects.requireNonNull(embedding, "embedding is null");
        Objects.requireNonNull(texts, "texts is null");
        List<String> prompts = new ArrayList<>(List.of(ClipScore.PROMPT + caption));
        picture.texts().forEach(text -> prompts.add(ClipScore.PROMPT + text));
        List<float[]> embedded = texts.embedTexts(prompts);
        double score = ClipScore.score(embedding, embedded.getFirst());
        double reference = ClipScore.referenceScore(score, embedded.getFirst(), embedded.subList(1, embedded.size()));
        add(picture, caption, new double[] {score, reference});
    }

    private void add(CaptionedImage picture, String caption, double[] scores) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(caption, "caption is null");
        words.add(ScoredCaption.of(caption, picture.texts()));
        pictures.add(picture);
        captions.add(caption);
        clipScores.add(scores);
    }

    /**
     * Returns what the captions that were added come to. An example's score is its CIDEr-D, which depends on the
     * others; with one picture, where that is 0, ROUGE-L.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        double[] cider = CiderD.scores(words);
        double[] rouge = words.stream().mapToDouble(RougeL::score).toArray();
        Outcome outcome = new Outcome();
        for (int i = 0; i < captions.size(); i++) {
            List<Object> fields = new ArrayList<>(List.of(
                    "caption",
                    captions.get(i),
                    "references",
                    pictures.get(i).texts(),
                    "cider",
                    cider[i],
                    "rouge_l",
                    rouge[i]));
            if (clipScores.get(i).length > 0) {
                fields.addAll(List.of(
                        "clip_score",
                        clipScores.get(i)[0],
                        "ref_clip_score",
                        clipScores.get(i)[1]));
            }
            double score = captions.size() == 1 ? rouge[i] : cider[i];
            outcome.example(pictures.get(i).image(), score, fields.toArray());
        }
        outcome.begin();
        outcome.mean("cider", cider);
        int count = captions.size();
        List<Bleu.Counts> counts = words.stream().map(Bleu.Counts::of).toList();
        for (int n = 1; n <= Bleu.MAX_N; n++) {
            int longest = n;
            outcome.statistic(
                    "bleu_" + n,
                    count,
                    drawn -> Bleu.ofCounts(
                            Arrays.stream(drawn).mapToObj(counts::get).toList())[longest - 1]);
        }
        outcome.mean("rouge_l", rouge);
        if (clipScores.stream().allMatch(scores -> scores.length > 0)) {
            outcome.mean(
                    "clip_score",
                    clipScores.stream().mapToDouble(scores -> scores[0]).toArray());
            outcome.mean(
                    "ref_clip_score",
                    clipScores.stream().mapToDouble(scores -> scores[1]).toArray());
        }
        if (count == 1) {
            outcome.remark("one picture: CIDEr-D weights words by how many pictures have them, so it is 0");
        }
        return outcome.end();
    }
}
