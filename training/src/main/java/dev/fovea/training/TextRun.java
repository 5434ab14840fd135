package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.TokenLoss;
import dev.fovea.training.method.Score;
import dev.fovea.training.network.TapedGenerator;
import dev.fovea.training.network.TextTokens;
import dev.fovea.training.tape.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Trains a model that writes texts about pictures. What the image tower makes of a picture is kept unless the tower
 * learns. A batch is computed in parts, whose gradients add up to those of the mean over all of its tokens.
 */
final class TextRun implements TrainingLoop.Work {

    /** Rows of image tokens and text tokens of a part of a batch: enough for full speed, few enough to bound memory. */
    private static final int ROWS_AT_ONCE = 2048;

    private final TapedGenerator generator;
    private final boolean isTowerTrained;
    private final StepNoise noise;
    private final TextExamples training;
    private final TextExamples validation;
    private final List<TextTokens> tokens;
    private final List<TextTokens> validationTokens;

    /** What the image tower made of pictures; of as many as half of the memory holds. */
    private final Map<PictureInput, float[]> states = new IdentityHashMap<>();

    private long room = Runtime.getRuntime().maxMemory() / 2;

    TextRun(
            TapedGenerator generator,
            boolean isTowerTrained,
            StepNoise noise,
            TextExamples training,
            TextExamples validation,
            List<String> remarks) {
        if (training.size() == 0) {
            throw new FoveaException("there is no example to learn from; add pictures with texts");
        }
        this.generator = generator;
        this.isTowerTrained = isTowerTrained;
        this.noise = noise;
        this.training = training;
        this.validation = validation;
        tokens = tokens(training);
        validationTokens = tokens(validation);
        long cut = tokens.stream().filter(TextTokens::isCut).count();
        if (cut > 0) {
            remarks.add("of " + cut + " of " + training.size() + " texts the end was left out, since the model writes"
                    + " at most " + generator.longestText() + " tokens");
        }
    }

    private List<TextTokens> tokens(TextExamples examples) {
        return IntStream.range(0, examples.size())
                .mapToObj(i -> generator.encode(
                        examples.prompts().get(i), examples.texts().get(i)))
                .toList();
    }

    @Override
    public Tape tape() {
        return generator.tape();
    }

    @Override
    public int examples() {
        return training.size();
    }

    @Override
    public String identity() {
        return "texts " + generator.fingerprint() + " " + training.identity(generator.preprocessing()) + " "
                + validation.identity(generator.preprocessing())
                + (isTowerTrained ? " with image tower" : "");
    }

    @Override
    public double gradients(int[] batch, int step) {
        return noise.passes(tape(), step, 0, () -> parts(batch, step));
    }

    /** Goes back from the parts of a batch, and returns its loss. */
    private double parts(int[] batch, int step) {
        int compared = IntStream.of(batch).map(i -> tokens.get(i).compared()).sum();
        double loss = 0;
        for (int[] part : parts(batch)) {
            List<float[]> seen = seen(training, part, step);
            loss += tape().record(() -> {
                Tensor logits = logits(seen, some(tokens, part), training, part, step);
                TokenLoss ofPart = loss(logits, some(tokens, part), compared);
                tape().backward(logits, ofPart.gradient());
                return ofPart.loss();
            });
        }
        return loss;
    }

    private static List<TextTokens> some(List<TextTokens> tokens, int[] part) {
        return IntStream.of(part).mapToObj(tokens::get).toList();
    }

    private static TokenLoss loss(Tensor logits, List<TextTokens> tokens, int compared) {
        return TokenLoss.of(
                logits.toArray(),
                tokens.stream().map(TextTokens::written).toList(),
                tokens.stream().mapToInt(TextTokens::given).toArray(),
                0,
                compared);
    }

    /** Cuts a batch into parts whose activations fit into memory. */
    private List<int[]> parts(int[] batch) {
        int atOnce = Math.max(1, ROWS_AT_ONCE / generator.imageTokens());
        List<int[]> parts = new ArrayList<>();
        for (int from = 0; from < batch.length; from += atOnce) {
            parts.add(Arrays.copyOfRange(batch, from, Math.min(batch.length, from + atOnce)));
        }
        return parts;
    }

    /**
     * Scores the tokens of texts.
     *
     * @param seen what the image tower made of each picture; empty where it is on the tape
     */
    private Tensor logits(List<float[]> seen, List<TextTokens> texts, TextExamples examples, int[] part, int step) {
        int rows = generator.imageTokens();
        List<Tensor> states = isTowerTrained
                ? IntStream.of(part)
                        .mapToObj(i -> generator.see(pixels(examples, i, step)))
                        .toList()
                : seen.stream()
                        .map(state -> tape().tensor(rows, state.length / rows, state))
                        .toList();
        return generator.logits(tape().concatRows(states), texts);
    }

    private float[] pixels(TextExamples examples, int example, int step) {
        return noise.pixels(
                generator.preprocessing(), List.of(examples.pictures().get(example)), new int[] {example}, step);
    }

    /** Returns what the image tower makes of pictures, as it was kept where they look the same each time. */
    private List<float[]> seen(TextExamples examples, int[] part, int step) {
        List<float[]> seen = new ArrayList<>();
        for (int i = 0; i < part.length && !isTowerTrained; i++) {
            int example = part[i];
            PictureInput picture = examples.pictures().get(example);
            float[] made = states.get(picture);
            boolean isKept = step == StepNoise.NONE || !noise.changesPictures();
            if (made == null || !isKept) {
                made = tape().scoped(
                                "",
                                () -> generator
                                        .see(pixels(examples, example, step))
                                        .toArray());
            }
            if (isKept && room > 0 && states.putIfAbsent(picture, made) == null) {
                room -= (long) Float.BYTES * made.length;
            }
            seen.add(made);
        }
        return seen;
    }

    @Override
    public void trace(int example) {
        int[] part = {example};
        logits(seen(training, part, StepNoise.NONE), some(tokens, part), training, part, StepNoise.NONE);
    }

    @Override
    public Score validate() {
        if (validation.size() == 0) {
            return null;
        }
        int compared = validationTokens.stream().mapToInt(TextTokens::compared).sum();
        double loss = 0;
        for (int[] part : parts(IntStream.range(0, validation.size()).toArray())) {
            List<TextTokens> texts = some(validationTokens, part);
            List<float[]> seen = seen(validation, part, StepNoise.NONE);
            loss += tape().scoped("", () -> {
                Tensor logits = logits(seen, texts, validation, part, StepNoise.NONE);
                return loss(logits, texts, compared).loss();
            });
        }
        return Score.ofTexts(loss);
    }
}
