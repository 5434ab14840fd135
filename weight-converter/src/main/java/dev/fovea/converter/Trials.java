package dev.fovea.converter;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.Blip;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.files.OutputFolder;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.inspection.Checkpoints;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.kind.ModelKind.Family;
import dev.fovea.models.nn.DryBackend;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Finds the reading of a source's names whose model loads, by loading outlines of all of them on a {@link DryBackend}.
 * Names as they are precede names without a prefix. If one of two prefixes contains the other, the shorter comes first.
 * Two models side by side are refused.
 */
final class Trials {

    /** Holds a model that loads, and how the source's names were read. */
    record Model(Draft draft, Naming naming) {}

    /** Says why a reading failed, and how far it came. */
    private record Failure(FoveaException reason, int reached) {}

    private final SourceCheckpoint source;
    private final OutputFolder folder;
    private final TypeConversion stored;
    private final BiFunction<SourceCheckpoint, Naming, Draft> layout;
    private Failure failure;

    /**
     * Prepares the trials of a source.
     *
     * @param folder to try in; it holds litter afterwards
     * @param stored the type in which the weights are going to be stored
     * @param layout makes a model of named tensors, or null if no model has such names
     */
    Trials(
            SourceCheckpoint source,
            OutputFolder folder,
            TypeConversion stored,
            BiFunction<SourceCheckpoint, Naming, Draft> layout) {
        this.source = source;
        this.folder = folder;
        this.stored = stored;
        this.layout = layout;
    }

    /**
     * Finds the model.
     *
     * @throws FoveaException if there is none or more than one; the reason is that of the reading that came furthest
     */
    Model find() throws IOException {
        failure = new Failure(
                new ModelException(source.path() + ": weights of no model that can be told from their names;"
                        + " pass a folder with config.json and the weights in model.safetensors or pytorch_model.bin"),
                0);
        List<Model> whole = new ArrayList<>();
        for (Naming naming : Naming.all(source.path().toString(), source.tensors())) {
            boolean inside = whole.stream()
                    .anyMatch(outer -> naming.prefix().startsWith(outer.naming().prefix()));
            Draft draft = inside ? null : attempt(naming);
            if (draft != null) {
                whole.add(new Model(draft, naming));
            }
        }
        if (whole.size() > 1) {
            List<String> prefixes = whole.stream()
                    .map(model -> Text.quote(model.naming().prefix()))
                    .toList();
            throw new ModelException(source.path() + ": holds " + whole.size() + " whole models, under "
                    + String.join(" and ", prefixes) + "; save the weights of one of them alone");
        }
        if (whole.isEmpty()) {
            throw failure.reason;
        }
        return whole.getFirst();
    }

    /** Tries the names with PyTorch's order of kernels, or first with MLX's if the file says that it is MLX's. */
    private Draft attempt(Naming naming) throws IOException {
        Naming turned = naming.hasKernels() && source.isHuggingFace() ? naming.withKernelsOfMlx() : null;
        Draft first = load(source.isMlx() && turned != null ? turned : naming);
        return first != null || turned == null ? first : load(source.isMlx() ? naming : turned);
    }

    private Draft load(Naming naming) throws IOException {
        DryBackend backend = new DryBackend();
        Draft draft = null;
        try {
            draft = layout.apply(source, naming);
            if (draft == null) {
                return null;
            }
            folder.clear();
            new DraftWriter(draft, folder.path()).writeOutline(stored);
            Optional<FoveaException> complaint = draft.complaint(Checkpoints.inspect(folder.path()));
            if (complaint.isPresent()) {
                failed(complaint.get(), 1);
                return null;
            }
            load(folder.path(), backend);
            return draft;
        } catch (FoveaException e) {
            failed(draft == null ? e : explained(e), 1 + backend.weights());
            return null;
        }
    }

    private void failed(FoveaException reason, int reached) {
        if (failure.reached < reached) {
            failure = new Failure(reason, reached);
        }
    }

    /**
     * Loads what has been written.
     *
     * @return tensors that the model does not use
     * @throws FoveaException if it cannot be loaded
     */
    List<String> load() {
        try {
            return load(folder.path(), new DryBackend());
        } catch (FoveaException e) {
            throw explained(e);
        }
    }

    /** Loads a folder and closes it again; returns the tensors that the model does not use. */
    private static List<String> load(Path folder, Backend backend) {
        return switch (family(folder)) {
            case CLIP -> {
                try (Clip clip = Clip.load(folder, backend)) {
                    yield clip.unusedTensors();
                }
            }
            case CLASSIFIER -> {
                try (ImageClassifier classifier = ImageClassifier.load(folder, backend)) {
                    yield classifier.unusedTensors();
                }
            }
            case BLIP -> {
                try (Blip blip = Blip.loadAnyKind(folder, LoadOptions.on(backend))) {
                    yield blip.unusedTensors();
                }
            }
            case FLORENCE, OTHER -> {
                try (Florence2 florence = Florence2.load(folder, backend)) {
                    yield florence.unusedTensors();
                }
            }
        };
    }

    /**
     * Finds the kind of model in a folder.
     *
     * @throws FoveaException if it is none of the models that Fovea runs
     */
    static Family family(Path folder) {
        ModelKind kind = ModelKind.of(folder);
        if (!kind.isRun()) {
            throw new ModelException(folder + ": a model of type " + Text.quote(kind.type())
                    + ", which Fovea does not run; pass a CLIP, a BLIP, a Florence-2 or a ViT or ResNet classifier");
        }
        return kind.family();
    }

    /** Rewrites a complaint about the temporary folder as one about the source. */
    private FoveaException explained(FoveaException e) {
        String temporary = folder.path().toString();
        String reason = e.getMessage()
                .replace(temporary + "/model.safetensors", temporary)
                .replace(temporary + ": ", "")
                .replace(temporary, "the new folder");
        boolean adapted = source.tensors().keySet().stream().anyMatch(name -> name.contains(".lora_"));
        String advice =
                adapted ? "it holds a LoRA; merge it first, with merge_and_unload() of peft" : "nothing was written";
        return new ModelException(source.path() + ": the converted model would not load: " + reason + "; " + advice, e);
    }
}
