package dev.fovea.converter;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Describes what a CLIP's weights do not tell by their shapes.
 *
 * @param visionActivation of the vision tower's MLPs, as transformers calls it
 * @param textActivation of the text tower's
 * @param visionHeadWidth channels of a head of the vision tower
 * @param textHeads heads of the text tower; 0: one for every 64 channels
 * @param visionEpsilon of the vision tower's layer norms
 * @param textEpsilon of the text tower's
 * @param endToken of the texts, at which the text tower is read; {@link #LARGEST_ID}: the largest id of each text;
 *     {@link #LAST_POSITION}
 * @param paddingToken that texts are filled up with where tokens see each other; {@link #CAUSAL} where they see only
 *     those before them
 * @param cleaning what open_clip calls the way in which it cleans texts before another tokenizer than CLIP's own reads
 *     them, empty for CLIP's own
 * @param pooler what open_clip calls the way in which a text tower of transformers is read, empty for CLIP's own
 * @param timm name of a vision tower of timm, empty for others
 * @param sizes that the weights must have, or null if nobody says
 * @param pictures how pictures are prepared
 */
record ClipTraits(
        String visionActivation,
        String textActivation,
        int visionHeadWidth,
        int textHeads,
        double visionEpsilon,
        double textEpsilon,
        int endToken,
        int paddingToken,
        String cleaning,
        String pooler,
        String timm,
        Sizes sizes,
        ClipPictures pictures) {

    /**
     * Value of {@link #endToken} where a text is read at its largest id; CLIP's own end token is the largest of all.
     */
    static final int LARGEST_ID = -1;

    /**
     * Value of {@link #endToken} of CLIPA: texts are read at the last position, after padding that takes the place of
     * the end token, too, and pictures by the mean of their patches.
     */
    static final int LAST_POSITION = -2;

    /** Value of {@link #paddingToken} of CLIP's own text tower. */
    static final int CAUSAL = -1;

    static final String QUICK_GELU = "quick_gelu";
    static final String GELU = "gelu";
    static final String GELU_TANH = "gelu_pytorch_tanh";
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
    record Sizes(int embedding, int image, int vocabulary, int context) {

        /**
         * Refuses weights of another size than the configuration's: open_clip stretches positions to the latter, which
         * changes the answers.
         */
        static void require(String file, String field, int said, int found) {
            if (said != found) {
                throw new ModelException(file + ": model_cfg." + field + " of its " + OpenClipConfig.NAME + " is "
                        + said + ", but the weights have " + found + "; do the two belong together?");
            }
        }
    }

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

        /** Adds the file of transformers that says so, for pictures of {@code size} rows and columns. */
        void addTo(Draft draft, int size) {
            Map<String, Object> square = JsonWriter.object("height", size, "width", size);
            Map<String, Object> processor = new LinkedHashMap<>();
            processor.put("image_processor_type", "CLIPImageProcessor");
            processor.put("do_resize", true);
            processor.put("size", squash ? square : JsonWriter.object("shortest_edge", size));
            processor.put("resample", filter);
            processor.put("do_center_crop", !squash);
            processor.put("crop_size", square);
            processor.put("do_rescale", true);
            processor.put("rescale_factor", 1 / 255.0);
            processor.put("do_normalize", true);
            processor.put("image_mean", new ArrayList<>(mean));
            processor.put("image_std", new ArrayList<>(deviation));
            processor.put("do_convert_rgb", true);
            draft.addJson("preprocessor_config.json", processor);
        }
    }

    /** Returns whether texts are read by another tokenizer than CLIP's own. */
    boolean hasOtherTokenizer() {
        return !cleaning.isEmpty();
    }

    /**
     * Returns the name of the vision tower of timm, whose weights do not tell all of it.
     *
     * @param file of the weights, for the message
     */
    String requireTimm(String file) {
        if (timm.isEmpty()) {
            throw new ModelException(
                    file + ": has a vision tower of timm, whose weights do not tell all of it; put the "
                            + OpenClipConfig.NAME + " that names it (timm_model_name) beside them");
        }
        return timm;
    }

    /** Returns the traits that OpenAI's code has, except for the activation, which is passed. */
    static ClipTraits openAi(String activation) {
        return new ClipTraits(
                activation,
                activation,
                HEAD_WIDTH,
                0,
                EPSILON,
                EPSILON,
                LARGEST_ID,
                CAUSAL,
                "",
                "",
                "",
                null,
                ClipPictures.OPENAI);
    }
}
