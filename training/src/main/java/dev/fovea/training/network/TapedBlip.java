package dev.fovea.training.network;

import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.blip.network.BlipTextDecoder;
import dev.fovea.models.blip.network.BlipTextTower;
import dev.fovea.models.blip.network.BlipVisionTower;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.tokenizer.Encoding;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.tape.Tape;
import java.util.Arrays;
import java.util.List;

/** A BLIP that writes, on a tape. */
abstract sealed class TapedBlip extends TapedGenerator {

    final BlipConfig config;
    private final BlipVisionTower vision;
    final BlipTextDecoder decoder;

    private TapedBlip(ModelFiles files, Tape tape, BlipConfig config, BlipVisionTower vision, BlipTextDecoder decoder) {
        super(files, tape, Tokenizer.load(files.folder()));
        this.config = config;
        this.vision = vision;
        this.decoder = decoder;
    }

    /** A captioner; a prompt is the given beginning of a caption. */
    static final class Captioner extends TapedBlip {

        Captioner(ModelFiles files, Tape tape) {
            this(files, tape, BlipConfig.load(files.folder()));
        }

        private Captioner(ModelFiles files, Tape tape, BlipConfig config) {
            this(files, tape, config, BlipNetwork.Captioner.of(files.parameters(), config));
        }

        private Captioner(ModelFiles files, Tape tape, BlipConfig config, BlipNetwork.Captioner network) {
            super(files, tape, config, network.vision(), network.decoder());
        }

        @Override
        public TextTokens encode(String prompt, String text) {
            if (prompt.isBlank()) {
                return written(new int[0], text, 1);
            }
            int given = tokenizer.encode(prompt).length - 1; // without the end token
            return written(new int[0], prompt.strip() + " " + text, given);
        }

        @Override
        public Tensor logits(Tensor states, List<TextTokens> texts) {
            return decoder.logits(texts.stream().map(TextTokens::written).toList(), states, pictures(states, texts));
        }
    }

    /** A model that answers; a prompt is a question. */
    static final class Answerer extends TapedBlip {

        private final BlipTextTower encoder;

        Answerer(ModelFiles files, Tape tape) {
            this(files, tape, BlipConfig.load(files.folder()));
        }

        private Answerer(ModelFiles files, Tape tape, BlipConfig config) {
            this(files, tape, config, BlipNetwork.Answerer.of(files.parameters(), config));
        }

        private Answerer(ModelFiles files, Tape tape, BlipConfig config, BlipNetwork.Answerer network) {
            super(files, tape, config, network.vision(), network.decoder());
            encoder = network.encoder();
        }

        @Override
        public TextTokens encode(String prompt, String text) {
            if (prompt.isBlank()) {
                throw new FoveaException("the question about \"" + text + "\" is empty; this model learns answers to"
                        + " questions, so each example needs one");
            }
            int[] question = tokenizer.encode(prompt);
            if (question.length > config.text().positions()) {
                throw new FoveaException("the question \"" + prompt + "\" has " + question.length
                        + " tokens; this model reads at most " + config.text().positions() + ", shorten it");
            }
            return written(question, text, 1);
        }

        @Override
        public Tensor logits(Tensor states, List<TextTokens> texts) {
            List<int[]> questions = texts.stream().map(TextTokens::read).toList();
            int[] oneEach = new int[questions.size()];
            Arrays.fill(oneEach, 1);
            Tensor asked = encoder.encode(questions, oneEach, states, pictures(states, texts)); // [tokens, hidden]
            List<int[]> answers = texts.stream().map(TextTokens::written).toList();
            return decoder.logits(answers, asked, TokenIds.segments(questions));
        }
    }

    @Override
    public int longestText() {
        return config.text().positions();
    }

    /** Encodes a text, whose first token is the decoder's start token in place of the tokenizer's. */
    TextTokens written(int[] read, String text, int given) {
        Encoding encoded = tokenizer.encode(text, longestText());
        encoded.ids()[0] = config.text().startToken();
        return new TextTokens(read, encoded.ids(), given, encoded.truncated());
    }

    @Override
    int imageTokens(Grid grid) {
        return vision.segments(grid).totalLength();
    }

    @Override
    Tensor see(Pixels pixels) {
        Grid grid = pixels.grid();
        return vision.encode(tape().tensor(grid.rows(), 3, pixels.values()), grid);
    }

    static Segments pictures(Tensor states, List<TextTokens> texts) {
        return Segments.uniform(texts.size(), states.rows() / texts.size());
    }
}
