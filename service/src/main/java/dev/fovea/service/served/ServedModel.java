package dev.fovea.service.served;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.service.compute.ComputeLanes;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.ModelUse;
import dev.fovea.service.compute.Operation;
import dev.fovea.service.error.HttpFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * A model by its name: what it can do, its parts, which are loaded when they are first needed, and the lanes in which
 * requests wait for it.
 */
public final class ServedModel implements ModelUse.Held, AutoCloseable {

    private final String name;
    private final Path folder;
    private final Set<Ability> abilities;
    private final ComputeLanes lanes;
    private final boolean readsTexts;
    private final boolean readsPictures;

    private final LoadOnce<Clip> clip;
    private final LoadOnce<ImageClassifier> classifier;
    private final LoadOnce<BlipCaptioner> captioner;
    private final LoadOnce<BlipAnswerer> answerer;
    private final LoadOnce<BlipMatcher> matcher;
    private final LoadOnce<Florence2> florence;

    /** Requests that use the model, and whatever else holds it. */
    private int users;

    private long lastUse = System.nanoTime();

    /**
     * Takes a checkpoint, which is not loaded yet.
     *
     * @param name in requests
     * @param folder of the checkpoint, or of several as {@code blip-mini} is
     * @param lanes are closed with the model
     */
    ServedModel(String name, Path folder, LoadOptions options, ComputeLanes lanes) {
        this.name = name;
        this.folder = folder;
        this.lanes = lanes;
        ModelKind kind = ModelKind.of(folder);
        abilities = Ability.of(folder);
        readsTexts = !kind.isClip() || kind.isClipOfTexts();
        readsPictures = !kind.isClip() || kind.isClipOfPictures();
        clip = once(folder, options, Clip::load);
        classifier = once(folder, options, ImageClassifier::load);
        captioner = once(Models.part(folder, "captioner"), options, BlipCaptioner::load);
        answerer = once(Models.part(folder, "answerer"), options, BlipAnswerer::load);
        matcher = once(Models.part(folder, "matcher"), options, BlipMatcher::load);
        florence = once(folder, options, Florence2::load);
    }

    private static <M extends AutoCloseable> LoadOnce<M> once(
            Path folder, LoadOptions options, BiFunction<Path, LoadOptions, M> loader) {
        return new LoadOnce<>(() -> loader.apply(folder, options));
    }

    /** Returns the name in requests. */
    public String name() {
        return name;
    }

    /** Returns the folder of the checkpoint. */
    Path folder() {
        return folder;
    }

    /** Returns what the model can do. */
    public Set<Ability> abilities() {
        return abilities;
    }

    /** Returns whether the model is a Florence-2. */
    public boolean isFlorence() {
        return abilities.contains(Ability.LOCATE);
    }

    /** Returns whether the model has classes of its own. */
    public boolean hasClasses() {
        return abilities.contains(Ability.CLASSIFY) && !abilities.contains(Ability.EMBED);
    }

    /**
     * Checks that the model embeds texts; DINOv2 does not, nor a single tower for pictures.
     *
     * @param param the field that has a text
     */
    public void requireTexts(String param) {
        if (!readsTexts) {
            throw HttpFailure.badRequest(param, "the model " + name + " embeds pictures and no texts; send pictures");
        }
    }

    /**
     * Checks that the model embeds pictures; a single tower for texts does not.
     *
     * @param param the field that has a picture
     */
    public void requirePictures(String param) {
        if (!readsPictures) {
            throw HttpFailure.badRequest(param, "the model " + name + " embeds texts and no pictures; send texts");
        }
    }

    /** Loads all parts of the model. */
    void load(Deadline deadline) {
        abilities.forEach(ability -> load(ability, deadline));
    }

    private void load(Ability ability, Deadline deadline) {
        switch (ability) {
            case EMBED -> embedder(deadline);
            case CLASSIFY -> {
                if (hasClasses()) {
                    classifier(deadline);
                }
            }
            case CAPTION -> {
                if (!isFlorence()) {
                    captioner(deadline);
                }
            }
            case ANSWER -> answerer(deadline);
            case MATCH -> matcher(deadline);
            case LOCATE -> florence(deadline);
        }
    }

    /** Computes inputs of an operation of this model, with those of other requests. */
    public <I, O> List<O> compute(Operation<I, O> operation, List<I> inputs, Deadline deadline) {
        return lanes.compute(operation, inputs, deadline);
    }

    /** Computes one input of an operation of this model, with those of other requests. */
    public <I, O> O computeOne(Operation<I, O> operation, I input, Deadline deadline) {
        return compute(operation, List.of(input), deadline).getFirst();
    }

    /** Returns the CLIP. */
    public Clip clip(Deadline deadline) {
        return clip.get(deadline);
    }

    /** Returns the classifier with classes of its own. */
    public ImageClassifier classifier(Deadline deadline) {
        return classifier.get(deadline);
    }

    /** Returns the BLIP that answers questions. */
    public BlipAnswerer answerer(Deadline deadline) {
        return answerer.get(deadline);
    }

    /** Returns the BLIP that compares texts and pictures. */
    public BlipMatcher matcher(Deadline deadline) {
        return matcher.get(deadline);
    }

    /** Returns the BLIP that writes captions. */
    public BlipCaptioner captioner(Deadline deadline) {
        return captioner.get(deadline);
    }

    /** Returns the Florence-2. */
    public Florence2 florence(Deadline deadline) {
        return florence.get(deadline);
    }

    /** Returns what embeds. */
    public ModelEmbedder embedder(Deadline deadline) {
        if (abilities.contains(Ability.MATCH)) {
            BlipMatcher blip = matcher(deadline);
            return new ModelEmbedder(blip, blip, blip::preprocessing, text -> blip.encode(text).length);
        }
        Clip both = clip(deadline);
        return new ModelEmbedder(both, both, both::preprocessing, text -> both.encode(text).length);
    }

    @Override
    public synchronized void acquire() {
        users++;
    }

    @Override
    public synchronized void release() {
        users--;
        lastUse = System.nanoTime();
    }

    /**
     * Unloads the model if no request has used it for some time; the next one loads it again.
     *
     * @return whether something was unloaded
     */
    synchronized boolean unloadIfIdle(Duration time) {
        if (users > 0 || System.nanoTime() - lastUse < time.toNanos() || !lanes.isIdle()) {
            return false;
        }
        boolean any = false;
        for (LoadOnce<?> part : parts()) {
            try {
                any |= part.unload();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        return any;
    }

    private List<LoadOnce<?>> parts() {
        return List.of(clip, classifier, captioner, answerer, matcher, florence);
    }

    /** Computes nothing any more: requests that wait are told that the service stops. The model stays loaded. */
    void stop() {
        lanes.close();
    }

    @Override
    public void close() {
        stop();
        for (LoadOnce<?> part : parts()) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
