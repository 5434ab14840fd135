package dev.fovea.converter;

import java.util.List;

/**
 * Describes what a CLIP's weights do not tell by their shapes.
 *
 * @param activation of the MLPs, as transformers calls it
 * @param visionHeadWidth channels of a head of the vision tower
 * @param textHeads heads of the text tower; 0: one for every 64 channels
 * @param visionEpsilon of the vision tower's layer norms
 * @param textEpsilon of the text tower's
 * @param endToken of the texts, at which the text tower is read; {@link #LARGEST_ID}: the largest id of each text
 * @param paddingToken that texts are filled up with where tokens see each other; {@link #CAUSAL} where they see only
 *     those before them
 * @param hasOtherTokenizer whether texts are read by another tokenizer than CLIP's own
 * @param pooler what open_clip calls the way in which a text tower of transformers is read, empty for CLIP's own
 * @param timm name of a vision tower of timm, empty for others
 * @param sizes that the weights must have, or null if nobody says
 * @param pictures how pictures are prepared
 */
record ClipTraits(
        String activation,
        int visionHeadWidth,
        int textHeads,
        double visionEpsilon,
        double textEpsilon,
        int endToken,
        int paddingToken,
        boolean hasOtherTokenizer,
        String pooler,
        String timm,
        Sizes sizes,
        ClipPictures pictures) {

    /**
     * Value of {@link #endToken} where a text is read at its largest id; CLIP's own end token is the largest of all.
     */
    static final int LARGEST_ID = -1;

    /** Value of {@link #paddingToken} of CLIP's own text tower. */
    static final int CAUSAL = -1;

    static final String QUICK_GELU = "quick_gelu";
    static final String GELU = "gelu";
    static final int HEAD_WIDTH = 64;
    static final double EPSILON = 1e-5;

    /**
     * Holds sizes that a configuration names and that the weights have, too.
     *
     * @param embedding elements of an embedding
     * @param image rows and columns of a picture
     * @param vocabulary tokens
     * @param context positions of a text
     */
    record Sizes(int embedding, int image, int vocabulary, int context) {}

    /**
     * Says how pictures are prepared.
     *
     * @param mean of each colour
     * @param deviation of each colour
     * @param filter Pillow's constant: 2 bilinear, 3 bicubic
     * @param squash whether the whole picture is made square, instead of its middle being cut out
     */
    record ClipPictures(List<Double> mean, List<Double> deviation, int filter, boolean squash) {

        static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
        static final List<Double> DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);
        static final int BICUBIC = 3;
        static final ClipPictures OPENAI = new ClipPictures(MEAN, DEVIATION, BICUBIC, false);
    }

    /** Returns the traits that OpenAI's code has, except for the activation, which is passed. */
    static ClipTraits openAi(String activation) {
        return new ClipTraits(
                activation,
                HEAD_WIDTH,
                0,
                EPSILON,
                EPSILON,
                LARGEST_ID,
                CAUSAL,
                false,
                "",
                "",
                null,
                ClipPictures.OPENAI);
    }
}
