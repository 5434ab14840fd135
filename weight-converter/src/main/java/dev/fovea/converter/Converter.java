package dev.fovea.converter;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.QuantizedMatrix;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Converts a checkpoint as its authors published it into a folder that Fovea loads, and other tools where they know the model: config.json,
 * model.safetensors, tokenizer and preprocessing files.
 *
 * {@snippet :
 * Conversion made = new Converter().precision(DType.F16).convert(Path.of("ViT-B-32.pt"), Path.of("clip-vit-b-32"));
 * }
 *
 * <p>Sources: files of OpenAI's CLIP, folders and files of open_clip, folders of transformers with weights in PyTorch's format or in
 * safetensors, Salesforce's BLIP, Microsoft's Florence-2. Weights are read from mapped files and written piece by piece, so that memory
 * does not grow with them. The output appears when it is whole.
 */
public final class Converter {

    /** Numbers that views of one storage may repeat: tied weights stand in a file of PyTorch under up to four names. */
    private static final int MOST_REPETITIONS = 8;

    private static final long SMALL = 1 << 20;

    private final DType precision;
    private final String activation;
    private final LongConsumer progress;
    private final Backend backend;
    private final long mostChecked;

    /** Converts with every number as it is stored. */
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
     * The same, storing weights in another type.
     *
     * @param type F32, F16, BF16, or I8 for eight bits with a scale for every 64 inputs; null for as stored
     */
    public Converter precision(DType type) {
        return new Converter(type, activation, progress, backend, mostChecked);
    }

    /**
     * The same for a CLIP whose files do not tell its activation.
     *
     * @param name {@code quick_gelu} or {@code gelu}
     */
    public Converter activation(String name) {
        return new Converter(precision, name, progress, backend, mostChecked);
    }

    /**
     * The same, telling how far it is.
     *
     * @param readBytes gets, again and again, how many bytes of the source's tensors were read since the last time
     */
    public Converter progress(LongConsumer readBytes) {
        return new Converter(precision, activation, readBytes, backend, mostChecked);
    }

    /**
     * The same, measuring what another type of weights changes in the model's answers to a few built-in pictures. That loads the model as it
     * is stored and then as it was converted, one after the other.
     *
     * @param device what computes
     * @param mostBytes a model with larger weights is converted unmeasured
     */
    public Converter measuringChange(Backend device, long mostBytes) {
        return new Converter(precision, activation, progress, device, mostBytes);
    }

    /**
     * Converts.
     *
     * @param source a file or a folder
     * @param output a path that does not exist, or an empty folder
     * @throws FoveaException if the source cannot be read or is no known kind of model, or the output cannot be written; then nothing is
     *     left of it
     */
    public Conversion convert(Path source, Path output) {
        try (Source opened = Source.open(source)) {
            Draft draft = draft(opened);
            refuseQuantized(opened, draft);
            refuseRepetitions(opened, draft);
            try (OutputFolder folder = OutputFolder.create(output)) {
                opened.check();
                Precision stored = new Precision(precision, progress);
                ChangeCheck check = new ChangeCheck(stored.changes(draft.tensors()) ? backend : null, mostChecked);
                check.before(opened, folder, (asStored, target) -> write(draft, asStored, target));
                write(draft, stored, folder.path());
                check.after(folder.path());
                long bytes = size(folder.path());
                folder.publish();
                return new Conversion(
                        source,
                        output,
                        draft.modelType(),
                        (int) draft.tensors().keySet().stream()
                                .filter(name -> !TensorEntry.isScales(name))
                                .count(),
                        parameters(draft),
                        bytes,
                        stored.losses(),
                        check.change(),
                        check.skipped());
            } catch (IOException e) {
                throw OutputFolder.unwritable(output, e);
            }
        }
    }

    private Draft draft(Source source) {
        SourceTensors tensors = new SourceTensors(source.path().toString(), source.tensors());
        if (source.isHuggingFace()) {
            Draft draft = FlorenceLayout.isOne(tensors)
                    ? FlorenceLayout.convert(source.folder(), tensors)
                    : HuggingFaceFolder.convert(source.folder(), tensors);
            HuggingFaceFolder.copySmallFiles(source.folder(), draft);
            return draft;
        }
        if (ClipLayout.isOne(tensors)) {
            return clip(source, tensors);
        }
        if (BlipLayout.isOne(tensors)) {
            return BlipLayout.convert(tensors);
        }
        throw new FoveaException(source.path() + ": weights of no model that can be told from their names;"
                + " pass a folder with config.json and the weights in model.safetensors or pytorch_model.bin");
    }

    private Draft clip(Source source, SourceTensors tensors) {
        boolean openClip = Files.isRegularFile(source.folder().resolve(OpenClipConfig.NAME));
        Draft draft = ClipLayout.convert(tensors, openClip ? OpenClipConfig.read(source.folder()) : traits(source));
        if (openClip) {
            TokenizerFiles.copy(source.folder(), draft);
        }
        if (!TokenizerFiles.has(draft)) {
            throw new FoveaException(source.path() + ": its vocabulary is not CLIP's own of " + Tokenizers.CLIP_TOKENS
                    + " tokens; put its tokenizer.json, or vocab.json and merges.txt, and " + OpenClipConfig.NAME
                    + " into one folder and pass that");
        }
        return draft;
    }

    /** OpenAI's files are TorchScript archives, or hold entries that only its code writes; open_clip's may have either activation. */
    private ClipTraits traits(Source source) {
        if (activation != null) {
            return ClipTraits.openAi(activation);
        }
        if (source.isScript() || source.tensors().containsKey("input_resolution")) {
            return ClipTraits.openAi(ClipTraits.QUICK_GELU);
        }
        throw new FoveaException(source.path() + ": does not say whether its MLPs use quick_gelu or gelu; put "
                + OpenClipConfig.NAME
                + " beside it, or pass --activation quick_gelu (OpenAI's weights and those of models"
                + " named so) or gelu");
    }

    private void refuseQuantized(Source source, Draft draft) {
        boolean quantized = draft.tensors().keySet().stream()
                .anyMatch(name -> draft.tensors().containsKey(name + TensorEntry.SCALES));
        if (quantized && precision != null) {
            throw new FoveaException(
                    source.path() + ": is in int8 already; convert the original checkpoint to another type");
        }
    }

    /** A small file can describe any number of tensors that are all the same bytes. */
    private static void refuseRepetitions(Source source, Draft draft) {
        double needed = draft.tensors().values().stream()
                .mapToDouble(tensor ->
                        (double) tensor.shape().elements() * tensor.dtype().bytes())
                .sum();
        if (needed > MOST_REPETITIONS * (double) source.bytes() + SMALL) {
            throw new FoveaException(source.path() + ": its tensors repeat the same numbers more than "
                    + MOST_REPETITIONS + " times, as in no model; download the file again");
        }
    }

    private void write(Draft draft, Precision stored, Path folder) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        draft.tensors().forEach((name, tensor) -> stored.add(writer, name, tensor));
        writer.write(folder.resolve("model.safetensors"));
        Files.write(folder.resolve("config.json"), JsonText.of(config(draft, stored.asked())));
        for (Map.Entry<String, byte[]> file : draft.files().entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        for (Map.Entry<String, Path> copy : draft.copies().entrySet()) {
            Files.copy(copy.getValue(), folder.resolve(copy.getKey()));
        }
    }

    /** The configuration with the type of most numbers, under both names that versions of transformers look for. */
    private static Map<String, Object> config(Draft draft, DType precision) {
        Map<String, Object> config = new LinkedHashMap<>(draft.config());
        if (precision == DType.I8) {
            // Makes other tools say that they do not know this, instead of taking bytes for weights.
            Map<String, Object> quantization = JsonText.object(
                    "quant_method", "fovea-int8", "bits", 8, "group_size", QuantizedMatrix.GROUP, "sym", true);
            config.put("quantization_config", quantization);
        } else if (precision != null || !config.containsKey("dtype") && !config.containsKey("torch_dtype")) {
            String name = name(precision == null ? commonType(draft) : precision);
            config.remove("dtype");
            config.put("torch_dtype", name);
        }
        return config;
    }

    private static DType commonType(Draft draft) {
        Map<DType, Long> numbers = new LinkedHashMap<>();
        draft.tensors().values().stream()
                .filter(tensor -> tensor.dtype().isFloating())
                .forEach(tensor -> numbers.merge(tensor.dtype(), tensor.shape().elements(), Long::sum));
        return numbers.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
    }

    private static String name(DType type) {
        return switch (type) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F64 -> "float64";
            default -> "float32";
        };
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
