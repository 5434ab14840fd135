package dev.fovea.training;

import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.TokenLoss;
import dev.fovea.training.method.Score;
import dev.fovea.training.network.TapedCaptioner;
import dev.fovea.training.tape.Tape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Trains a captioner: the states of each picture are computed once, and the decoder runs on the tape. */
final class CaptionRun implements TrainingLoop.Work {

    private final TapedCaptioner captioner;
    private final CaptionedPictures pictures;
    private final List<int[]> texts;

    /** What the image tower made of each picture; null for those that were not seen yet. */
    private final float[][] states;

    CaptionRun(TapedCaptioner captioner, CaptionedPictures pictures) {
        this.captioner = captioner;
        this.pictures = pictures;
        texts = pictures.captions().stream().map(captioner::encode).toList();
        states = new float[pictures.size()][];
    }

    @Override
    public Tape tape() {
        return captioner.tape();
    }

    @Override
    public int examples() {
        return pictures.size();
    }

    @Override
    public String identity() {
        return "captions " + pictures.captions().hashCode();
    }

    @Override
    public double gradients(int[] batch, int step) {
        List<int[]> read = IntStream.of(batch).mapToObj(texts::get).toList();
        int[] given = new int[batch.length];
        Arrays.fill(given, 1);
        List<float[]> seen = states(batch);
        return tape().record(() -> {
            Tensor logits = captioner.logits(read, seen);
            TokenLoss loss = TokenLoss.of(logits.toArray(), read, given, 0);
            tape().backward(logits, loss.gradient());
            return loss.loss();
        });
    }

    private List<float[]> states(int[] batch) {
        for (int i : batch) {
            if (states[i] == null) {
                states[i] = captioner.see(pictures.pictures().get(i));
            }
        }
        return IntStream.of(batch).mapToObj(i -> states[i]).toList();
    }

    @Override
    public void trace(int example) {
        captioner.logits(List.of(texts.get(example)), states(new int[] {example}));
    }

    @Override
    public Score validate() {
        return null;
    }
}
