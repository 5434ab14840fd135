package dev.fovea.training.network;

import dev.fovea.models.towers.PairScore;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;

/**
 * What makes scores of cosines in a loss over pairs: CLIP's {@code logit_scale}, and SigLIP's with {@code logit_bias}.
 * They are trained where a plan trains tensors of these names.
 */
public final class PairScale {

    /** Scores are not more than a hundred cosines in CLIP's loss, as its authors and open_clip have it. */
    private static final float LARGEST = (float) Math.log(100);

    private final boolean isSigmoid;
    private final boolean isTrained;
    private final Parameter scale;
    private final Parameter bias;

    private PairScale(boolean isSigmoid, boolean isTrained, Parameter scale, Parameter bias) {
        this.isSigmoid = isSigmoid;
        this.isTrained = isTrained;
        this.scale = scale;
        this.bias = bias;
    }

    /** Takes the numbers of a checkpoint. */
    static PairScale of(Weights weights, PairScore score, Trainables trainables) {
        boolean isSigmoid = score.independent();
        WeightData scale = weights.tensor("logit_scale", isSigmoid ? Shape.of(1) : Shape.of());
        Parameter trained = trainables.parameter(scale);
        return new PairScale(
                isSigmoid,
                trained != null,
                trained == null ? Parameter.of(scale) : trained,
                isSigmoid ? bias(weights.tensor("logit_bias", Shape.of(1)), trainables) : null);
    }

    private static Parameter bias(WeightData stored, Trainables trainables) {
        Parameter trained = trainables.parameter(stored);
        return trained == null ? Parameter.of(stored) : trained;
    }

    /** Computes the loss of the model's kind; see {@link ContrastiveLoss#ofPairs} for the arguments. */
    public ContrastiveLoss loss(double[][] images, double[][] texts, int[] imageNumbers, int[] textNumbers) {
        double logitScale = scale.values().get(0);
        return isSigmoid
                ? ContrastiveLoss.ofSigmoid(
                        images,
                        texts,
                        imageNumbers,
                        textNumbers,
                        logitScale,
                        bias.values().get(0))
                : ContrastiveLoss.ofPairs(images, texts, imageNumbers, textNumbers, logitScale);
    }

    /** Adds what a loss says back to the gradients. */
    public void addGradients(ContrastiveLoss loss) {
        scale.gradient().add(0, (float) loss.logitScale());
        if (isSigmoid) {
            bias.gradient().add(0, (float) loss.logitBias());
        }
    }

    /** Keeps a trained factor of CLIP's scores from 1 to 100, after each step (open_clip, {@code train.py}). */
    public void clamp() {
        if (isTrained && !isSigmoid) {
            scale.values().set(0, Math.clamp(scale.values().get(0), 0, LARGEST));
        }
    }
}
