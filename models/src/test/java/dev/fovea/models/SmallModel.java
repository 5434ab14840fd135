package dev.fovea.models;

import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipEncoder;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A small checkpoint of every kind of model, loaded, spoilt and asked in one way. */
enum SmallModel {
    CLIP("clip/cases/head-dim-10"),
    CLIP_RESNET("clip/resnet-cases/small"),
    VIT("classification/cases/vit"),
    VIT_OBLONG("classification/cases/vit-oblong"),
    CLIP_CLASSIFIER("classification/cases/clip"),
    RESNET("classification/cases/resnet-basic"),
    CAPTIONER("blip/cases/caption-base"),
    ANSWERER("blip/cases/vqa-base"),
    MATCHER("blip/cases/itm-base"),
    ENCODER("blip/cases/dual-encoder"),
    FLORENCE("florence/cases/base");

    private static final String WEIGHTS = "model.safetensors";

    private final String resource;

    SmallModel(String resource) {
        this.resource = resource;
    }

    /**
     * A loaded model.
     *
     * @param calls what it can be asked, by name; answers that are equal have equal texts
     */
    record Loaded(AutoCloseable model, Map<String, Supplier<String>> calls) implements AutoCloseable {

        /** The answers to all calls. */
        Map<String, String> answers() {
            Map<String, String> answers = new LinkedHashMap<>();
            calls.forEach((name, call) -> answers.put(name, call.get()));
            return answers;
        }

        @Override
        public void close() {
            try {
                model.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A picture of noise, always the same. */
    static Picture picture() {
        byte[] rgb = new byte[40 * 30 * 3];
        new Random(7).nextBytes(rgb);
        return Picture.ofRgb(40, 30, rgb);
    }

    /** Copies the checkpoint into an empty folder. */
    Path copy(Path to) {
        try (Stream<Path> files =
                Files.list(Path.of(getClass().getResource(resource).toURI()))) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().matches("expected.*|case.json|generations.*|sampling.*")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
            if (this == CLIP || this == CLIP_RESNET) {
                addTokenizer(to);
            }
            if (!Files.exists(to.resolve("preprocessor_config.json"))) {
                int height = switch (this) {
                    case CLIP -> 24;
                    case CLIP_RESNET -> 64;
                    case VIT_OBLONG -> 25;
                    default -> 32;
                };
                Files.writeString(
                        to.resolve("preprocessor_config.json"),
                        "{\"size\": {\"shortest_edge\": %d}, \"crop_size\": {\"height\": %d, \"width\": %d}}"
                                .formatted(height, height, this == VIT_OBLONG ? 43 : height));
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A tokenizer of single letters. */
    private static void addTokenizer(Path folder) throws IOException {
        StringBuilder vocabulary = new StringBuilder("{");
        for (char letter = 'a'; letter <= 'z'; letter++) {
            vocabulary.append(
                    "\"%c\": %d, \"%c</w>\": %d, ".formatted(letter, letter - 'a', letter, letter - 'a' + 26));
        }
        vocabulary.append("\"<|startoftext|>\": 62, \"<|endoftext|>\": 63}");
        Files.writeString(folder.resolve("vocab.json"), vocabulary);
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
    }

    /** Changes the numbers of some tensors of a copied checkpoint. */
    static void edit(Path folder, String nameEnd, UnaryOperator<float[]> change) {
        Path file = folder.resolve(WEIGHTS);
        Path edited = folder.resolve("edited");
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            boolean found = false;
            for (TensorEntry tensor : checkpoint.tensors()) {
                boolean wanted = tensor.name().endsWith(nameEnd);
                found |= wanted;
                if (wanted) {
                    float[] values = change.apply(tensor.weight().toFloats());
                    writer.add(tensor.name(), DType.F32, Shape.of(tensor.shape().extents()), bytes(values));
                } else {
                    writer.add(tensor);
                }
            }
            if (!found) {
                throw new IllegalStateException("no " + nameEnd + " among " + checkpoint.names());
            }
            writer.write(edited);
            Files.move(edited, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MemorySegment bytes(float[] values) {
        return MemorySegment.ofArray(values);
    }

    /** Loads a folder on a backend. */
    Loaded load(Path folder, Backend backend) {
        return load(folder, backend, WeightType.STORED);
    }

    /** Loads a folder on a backend, with matrices stored in another type. */
    Loaded load(Path folder, Backend backend, WeightType storage) {
        Picture picture = picture();
        Map<String, Supplier<String>> calls = new LinkedHashMap<>();
        AutoCloseable model = switch (this) {
            case CLIP, CLIP_RESNET -> {
                Clip clip = Clip.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put("embed picture", () -> Arrays.toString(clip.embed(picture)));
                calls.put("embed text", () -> Arrays.toString(clip.embed("abc")));
                calls.put(
                        "classify",
                        () -> clip.classify(picture, List.of("ab", "cd")).toString());
                yield clip;
            }
            case VIT, VIT_OBLONG, CLIP_CLASSIFIER, RESNET -> {
                ImageClassifier classifier =
                        ImageClassifier.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put("classify", () -> classifier.classify(picture).toString());
                yield classifier;
            }
            case CAPTIONER -> {
                BlipCaptioner blip =
                        BlipCaptioner.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put("caption", () -> blip.caption(picture));
                calls.put(
                        "captions with beams",
                        () -> blip.captionAll(
                                        List.of(picture, picture),
                                        blip.defaults().with(o -> {
                                            o.beams(3);
                                            o.maxNewTokens(4);
                                        }))
                                .getLast()
                                .text());
                yield blip;
            }
            case ANSWERER -> {
                BlipAnswerer blip =
                        BlipAnswerer.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put("answer", () -> blip.answer(picture, "what"));
                yield blip;
            }
            case MATCHER -> {
                BlipMatcher blip =
                        BlipMatcher.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put(
                        "match",
                        () -> blip.matchAll(picture, List.of("a", "the")).toString());
                calls.put("embed picture", () -> Arrays.toString(blip.embed(picture)));
                calls.put("embed text", () -> Arrays.toString(blip.embed("a")));
                yield blip;
            }
            case ENCODER -> {
                BlipEncoder blip =
                        BlipEncoder.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put("picture features", () -> Arrays.toString(blip.features(picture)));
                calls.put("text features", () -> Arrays.toString(blip.features("a")));
                yield blip;
            }
            case FLORENCE -> {
                Florence2 florence =
                        Florence2.load(folder, LoadOptions.on(backend).withWeights(storage));
                calls.put("describe", () -> florence.describe(picture));
                calls.put("detect", () -> florence.detect(picture).toString());
                calls.put("see", () -> florence.see(picture).grid().toString());
                yield florence;
            }
        };
        return new Loaded(model, calls);
    }
}
