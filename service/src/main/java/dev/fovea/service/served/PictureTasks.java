package dev.fovea.service.served;

import dev.fovea.models.LabelScore;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.image.PictureInput;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.ImageData;
import dev.fovea.service.served.ModelOperations.PictureQuestion;
import java.util.List;

/** Does with one picture what a model can: prepares it as the model reads it and waits in the model's queue. */
public final class PictureTasks {

    private static final String IMAGE = "image";

    private final PictureSource pictures;
    private final ServiceLimits limits;

    /** Makes tasks within limits. */
    public PictureTasks(PictureSource pictures, ServiceLimits limits) {
        this.pictures = pictures;
        this.limits = limits;
    }

    /**
     * Scores labels for a picture, or the classes of a classifier that has its own.
     *
     * @param labels null for a classifier that has its own
     * @param templates texts with {} where the label goes, or null
     * @return the best first
     * @throws HttpFailure if labels are missing where they are needed, or given where they are not
     */
    public List<LabelScore> classify(
            ServedModel model, ImageData image, List<String> labels, List<String> templates, Deadline deadline) {
        if (model.hasClasses()) {
            if (labels != null || templates != null) {
                throw HttpFailure.badRequest(
                        "labels",
                        "the model " + model.name() + " has classes of its own; leave labels and templates out");
            }
            return ownClasses(model, image, deadline);
        }
        if (labels == null) {
            throw HttpFailure.badRequest("labels", "labels is missing; send the texts to choose from");
        }
        limits.requireShort(ServiceLimits.length(labels), "labels");
        return labels(model, image, labels, templates(labels, templates), deadline);
    }

    private List<LabelScore> ownClasses(ServedModel model, ImageData image, Deadline deadline) {
        ImageClassifier classifier = model.classifier(deadline);
        PictureInput picture = pictures.prepare(image, IMAGE, classifier.preprocessing(), deadline);
        return model.computeOne(ModelOperations.classify(classifier), picture, deadline);
    }

    /** Both towers' work waits in the model's queue, where it is computed with the embeddings of others. */
    private List<LabelScore> labels(
            ServedModel model, ImageData image, List<String> labels, PromptTemplates templates, Deadline deadline) {
        Clip clip = model.clip(deadline);
        PictureInput picture = pictures.prepare(image, IMAGE, clip.preprocessing(), deadline);
        ModelEmbedder embedder = model.embedder(deadline);
        ZeroShotClassifier classifier = clip.classifier(
                labels, templates, texts -> model.compute(ModelOperations.embedTexts(embedder), texts, deadline));
        return classifier.score(model.computeOne(ModelOperations.embedPictures(embedder), picture, deadline));
    }

    private PromptTemplates templates(List<String> labels, List<String> templates) {
        if (templates == null) {
            return PromptTemplates.NONE;
        }
        int texts = labels.size() * templates.size();
        if (texts > limits.texts()) {
            throw HttpFailure.badRequest(
                    "templates",
                    labels.size() + " labels in " + templates.size() + " templates are " + texts + " texts, at most "
                            + limits.texts() + " are embedded at once; send fewer");
        }
        long length = ServiceLimits.length(templates) * labels.size() + ServiceLimits.length(labels) * templates.size();
        limits.requireShort(length, "templates");
        try {
            return PromptTemplates.of(templates);
        } catch (IllegalArgumentException wrong) {
            throw HttpFailure.badRequest("templates", wrong.getMessage());
        }
    }

    /** Runs a task of a Florence-2 with the settings of its checkpoint. */
    public FlorenceResult run(ServedModel model, FlorencePrompt prompt, ImageData image, Deadline deadline) {
        Florence2 florence = model.florence(deadline);
        PictureInput picture = pictures.prepare(image, IMAGE, florence.preprocessing(), deadline);
        return model.computeOne(ModelOperations.run(florence, prompt, florence.defaults()), picture, deadline)
                .result();
    }

    /** Writes a caption with a BLIP and the settings of its checkpoint. */
    public String caption(ServedModel model, ImageData image, Deadline deadline) {
        BlipCaptioner blip = model.captioner(deadline);
        PictureInput picture = pictures.prepare(image, IMAGE, blip.preprocessing(), deadline);
        return model.computeOne(ModelOperations.caption(blip, blip.defaults()), picture, deadline)
                .text();
    }

    /** Answers a question with a BLIP and the settings of its checkpoint. */
    public String answer(ServedModel model, ImageData image, String question, Deadline deadline) {
        BlipAnswerer blip = model.answerer(deadline);
        PictureInput picture = pictures.prepare(image, IMAGE, blip.preprocessing(), deadline);
        return model.computeOne(
                        ModelOperations.answer(blip, blip.defaults()), new PictureQuestion(picture, question), deadline)
                .text();
    }
}
