package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.models.files.OutputFolder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Converts a checkpoint as its authors published it into a folder that Fovea loads. Other tools load it too, if they
 * know the model. The folder holds config.json, model.safetensors, tokenizer and preprocessing files.
 *
 * {@snippet :
 * Conversion made = new Converter().precision(DType.F16).convert(Path.of("ViT-B-32.pt"), Path.of("clip-vit-b-32"));
 * }
 *
 * <p>Sources: files of OpenAI's CLIP, folders and files of open_clip, folders of transformers with weights in PyTorch's
 * format or in safetensors, Salesforce's BLIP, Microsoft's Florence-2. Weights are read from mapped files and written
 * piece by piece, so that memory does not grow with their size. The output appears when it is whole.
 */
public final class Converter {

    /**
     * How many times the elements of a storage may be repeated by views: tied weights are in a file of PyTorch under up
     * to four names.
     */
    private static final int MOST_REPETITIONS = 8;

    private static final long SMALL = 1 << 20;

    private final DType precision;
    private final String activation;
    private final LongConsumer progress;
    private final Backend backend;
    private final long mostChecked;

    /** Makes a converter that keeps every element in the type in which it is stored. */
    public Converter() {
        this(null, null, bytes -> {}, null, 0);
    }

    private Converter(DType precision, String activation, LongConsumer progress, Backend backend, long mostChecked) {
        this.precision = precision;
        this.activation = activation;
        this.progress = progress;
        this.backend = backend;
        this.mostChecked = mostChecked;
    }

    /**
     * Returns a converter with these settings that stores weights in another type.
     *
     * @param type F32, F16, BF16, or I8 for eight bits with a scale for every 64 inputs; null for as stored
     */
    public Converter precision(DType type) {
        return new Converter(type, activation, progress, backend, mostChecked);
    }

    /**
     * Returns a converter with these settings for a CLIP whose files do not tell its activation.
     *
     * @param name {@code quick_gelu} or {@code gelu}; null for what the files tell
     */
    public Converter activation(String name) {
        return new Converter(precision, name, progress, backend, mostChecked);
    }

    /**
     * Returns a converter with these settings that reports its progress.
     *
     * @param readBytes gets, again and again, how many bytes of the source's tensors were read since the last time
     */
    public Converter progress(LongConsumer readBytes) {
        Objects.requireNonNull(readBytes, "readBytes is null");
        return new Converter(precision, activation, readBytes, backend, mostChecked);
    }

    /**
     * Returns a converter with these settings that measures what another type of weights changes in the model's answers
     * to a few built-in pictures. That loads the model as it is stored and then as it was converted, one after the
     * other.
     *
     * @param device what computes
     * @param mostBytes a model with larger weights is converted unmeasured
     */
    public Converter measuringChange(Backend device, long mostBytes) {
        Objects.requireNonNull(device, "device is null");
        return new Converter(precision, activation, progress, device, mostBytes);
    }

    /**
     * Converts a checkpoint.
     *
     * @param source a file or a folder
     * @param output a path that does not exist, or an empty folder
     * @throws FoveaException if the source cannot be read or is no known kind of model, or the output cannot be
     *     written; then nothing is left of it
     */
    public Conversion convert(Path source, Path output) {
        Objects.requireNonNull(source, "source is null");
        Objects.requireNonNull(output, "output is null");
        try (SourceCheckpoint opened = SourceCheckpoint.open(source)) {
            refuseQuantized(opened);
            refuseRepetitions(opened);
            try (OutputFolder folder = OutputFolder.create(output, "converting")) {
                return convert(opened, folder, output);
            } catch (IOException e) {
                throw OutputFolder.unwritable(output, e);
            }
        }
    }

    private Conversion convert(SourceCheckpoint opened, OutputFolder folder, Path output) throws IOException {
        TypeConversion stored = new TypeConversion(precision, progress);
        Trials trials = new Trials(opened, folder, stored, this::draft);
        Trials.Model model = trials.find();
        Draft draft = model.draft();
        DraftWriter writer = new DraftWriter(draft, folder.path());
        opened.check();
        ChangeCheck check = new ChangeCheck(stored.changes(draft.tensors()) ? backend : null, mostChecked);
        boolean loads = opened.isLoadable() && model.naming().tensors().equals(opened.tensors());
        check.before(opened, loads, folder, writer::write);
        writer.write(stored);
        List<String> unused = trials.load(); // once more: some things are seen only in the values of the weights
        check.after(folder.path());
        long bytes = size(folder.path());
        folder.publish();
        return new Conversion(
                opened.path(),
                output,
                draft.modelType(),
                (int) draft.tensors().keySet().stream()
                        .filter(name -> !TensorEntry.isScales(name))
                        .count(),
                parameters(draft),
                bytes,
                stored.losses(),
                check.change(),
                check.skipped(),
                model.naming().takenOff(),
                model.naming().leftOut(),
                unused);
    }

    /** Lays tensors out for Fovea; returns null if their names are of no model that can be told from them. */
    private Draft draft(SourceCheckpoint source, Naming naming) {
        SourceTensors tensors = new SourceTensors(source.path().toString(), naming.tensors());
        boolean original = ClipLayout.isOne(tensors) || BlipLayout.isOne(tensors);
        if (source.isHuggingFace() && !(original && source.hasUnusualName())) {
            Draft draft = FlorenceLayout.isOne(tensors)
                    ? FlorenceLayout.convert(source.folder(), tensors)
                    : HuggingFaceFolder.convert(source.folder(), tensors);
            HuggingFaceFolder.copySmallFiles(source.folder(), draft);
            return draft;
        }
        if (ClipLayout.isOne(tensors)) {
            return clip(source, tensors);
        }
        return original ? BlipLayout.convert(tensors) : null;
    }

    private Draft clip(SourceCheckpoint source, SourceTensors tensors) {
        boolean openClip = Files.isRegularFile(source.folder().resolve(OpenClipConfig.NAME));
        ClipTraits traits = openClip ? OpenClipConfig.read(source.folder()) : traits(source);
        Draft draft = ClipLayout.convert(tensors, traits);
        if (openClip && !SourceTokenizer.has(draft)) {
            SourceTokenizer.copy(source.folder(), draft);
            if (traits.hasOtherTokenizer()) {
                SourceTokenizer.cleanTexts(source.folder(), draft, traits.cleaning());
            }
        }
        if (!SourceTokenizer.has(draft)) {
            throw new ModelException(source.path() + ": its vocabulary is not CLIP's own of " + Tokenizers.CLIP_TOKENS
                    + " tokens; put its tokenizer.json, or vocab.json and merges.txt, and " + OpenClipConfig.NAME
                    + " into one folder and pass that");
        }
        return draft;
    }

    /**
     * Finds out what the weights do not tell. OpenAI's files are TorchScript archives, or hold entries that only its
     * code writes; open_clip's may have either activation.
     */
    private ClipTraits traits(SourceCheckpoint source) {
        if (activation != null) {
            return ClipTraits.openAi(activation);
        }
        if (source.isScript() || source.tensors().containsKey("input_resolution")) {
            return ClipTraits.openAi(ClipTraits.QUICK_GELU);
        }
        throw new ModelException(source.path() + ": does not say whether its MLPs use quick_gelu or gelu; put "
                + OpenClipConfig.NAME
                + " beside it, or call Converter.activation with quick_gelu (OpenAI's weights and those of models"
                + " named so) or gelu");
    }

    private void refuseQuantized(SourceCheckpoint source) {
        if (precision != null && source.tensors().keySet().stream().anyMatch(TensorEntry::isScales)) {
            throw new ModelException(
                    source.path() + ": is in int8 already; convert the original checkpoint to another type");
        }
    }

    /**
     * Refuses a file whose views repeat their bytes too often: a small file can describe any amount of tensors that are
     * all the same bytes.
     */
    private static void refuseRepetitions(SourceCheckpoint source) {
        double needed = source.tensors().values().stream()
                .mapToDouble(TensorView::bytes)
                .sum();
        if (needed > MOST_REPETITIONS * (double) source.bytes() + SMALL) {
            throw new ModelException(source.path() + ": its tensors repeat the same numbers more than "
                    + MOST_REPETITIONS + " times, as in no model; download the file again");
        }
    }

    private static long parameters(Draft draft) {
        return draft.tensors().entrySet().stream()
                .filter(tensor -> !TensorEntry.isScales(tensor.getKey()))
                .map(Map.Entry::getValue)
                .filter(tensor -> tensor.dtype().isFloating() || tensor.dtype() == DType.I8)
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
    }

    private static long size(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }
}
