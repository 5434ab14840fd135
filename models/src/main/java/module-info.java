/** Runs CLIP, BLIP, Florence-2 and image classifiers. What computes them is found when a model is loaded. */
module dev.fovea.models {
    requires transitive dev.fovea.tensor;
    requires static transitive java.desktop; // for whoever has or wants a BufferedImage
    requires jdk.incubator.vector;

    exports dev.fovea.models;
    exports dev.fovea.models.blip;
    exports dev.fovea.models.captioning;
    exports dev.fovea.models.classification;
    exports dev.fovea.models.clip;
    exports dev.fovea.models.drawing;
    exports dev.fovea.models.florence;
    exports dev.fovea.models.generation;
    exports dev.fovea.models.image;
    exports dev.fovea.models.inspection;
    exports dev.fovea.models.adapter to
            dev.fovea.training;
    exports dev.fovea.models.blip.network to
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.models.chat to
            dev.fovea.langchain4j,
            dev.fovea.service;
    exports dev.fovea.models.check to
            dev.fovea.app,
            dev.fovea.training;
    exports dev.fovea.models.clip.head to
            dev.fovea.app,
            dev.fovea.training;
    exports dev.fovea.models.clip.network to
            dev.fovea.converter,
            dev.fovea.studio;
    exports dev.fovea.models.convnext.network to
            dev.fovea.studio;
    exports dev.fovea.models.dinov2.network to
            dev.fovea.studio;
    exports dev.fovea.models.dinov3.network to
            dev.fovea.studio;
    exports dev.fovea.models.fastvit.network to
            dev.fovea.studio;
    exports dev.fovea.models.files to
            dev.fovea.app,
            dev.fovea.converter,
            dev.fovea.evaluation,
            dev.fovea.search,
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.models.florence.network to
            dev.fovea.converter,
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.models.kind to
            dev.fovea.app,
            dev.fovea.converter,
            dev.fovea.langchain4j,
            dev.fovea.service,
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.models.nn to
            dev.fovea.converter,
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.models.sheet to
            dev.fovea.evaluation,
            dev.fovea.search;
    exports dev.fovea.models.siglip.network to
            dev.fovea.studio;
    exports dev.fovea.models.timm.network to
            dev.fovea.studio;
    exports dev.fovea.models.tokenizer to
            dev.fovea.studio,
            dev.fovea.training;
    exports dev.fovea.models.towers to
            dev.fovea.studio,
            dev.fovea.training;

    uses dev.fovea.models.ModelRepository;
}
