package dev.fovea.app.command;

import java.util.List;

/**
 * A checkpoint on the hub that Fovea runs and that is a good first choice.
 *
 * @param parameters numbers of the model, counted from its configuration
 * @param languages of the texts that it reads or writes
 * @param licence of the weights, as their page names it
 * @param use what it is for
 * @param commands that take it with {@code --model}, converted if its use says so
 */
record RecommendedModel(
        String name, long parameters, String languages, String licence, String use, List<String> commands) {

    private static final String ENGLISH = "English";
    private static final String APACHE = "Apache-2.0";

    /** Apple's licence for machine learning research. */
    private static final String APPLE = "apple-amlr";

    private static final List<String> EMBEDDERS = List.of("classify", "embed", "index", "search", "tag");

    private static final List<String> PICTURE_EMBEDDERS = List.of("embed", "index", "search", "duplicates");

    /** A short list, from small to large for each use; a longer one would be no help. */
    static final List<RecommendedModel> ALL = List.of(
            new RecommendedModel(
                    "wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M",
                    23_446_017,
                    ENGLISH,
                    "MIT",
                    "labels and search, the smallest",
                    EMBEDDERS),
            new RecommendedModel(
                    "timm/MobileCLIP2-S0-OpenCLIP",
                    74_835_073,
                    ENGLISH,
                    APPLE,
                    "labels and search on small machines; fovea convert first",
                    EMBEDDERS),
            new RecommendedModel(
                    "timm/MobileCLIP2-S2-OpenCLIP",
                    99_243_329,
                    ENGLISH,
                    APPLE,
                    "the same, finer; fovea convert first",
                    EMBEDDERS),
            new RecommendedModel(
                    "openai/clip-vit-base-patch32",
                    151_277_313,
                    ENGLISH,
                    "MIT",
                    "labels and search, the fastest",
                    EMBEDDERS),
            new RecommendedModel(
                    "openai/clip-vit-large-patch14",
                    427_616_513,
                    ENGLISH,
                    "MIT",
                    "labels and search, finer",
                    EMBEDDERS),
            new RecommendedModel(
                    "google/siglip-base-patch16-224",
                    203_155_970,
                    ENGLISH,
                    APACHE,
                    "labels and search, a probability for each label",
                    EMBEDDERS),
            new RecommendedModel(
                    "google/siglip2-base-patch16-224",
                    375_187_970,
                    "over 100",
                    APACHE,
                    "the same in many languages",
                    EMBEDDERS),
            new RecommendedModel(
                    "google/siglip2-base-patch16-naflex",
                    375_234_050,
                    "over 100",
                    APACHE,
                    "the same for pages, panoramas and the like, in their own aspect ratio",
                    EMBEDDERS),
            new RecommendedModel(
                    "google/siglip2-so400m-patch14-384",
                    1_136_008_498,
                    "over 100",
                    APACHE,
                    "the same, finest and slowest",
                    EMBEDDERS),
            new RecommendedModel(
                    "facebook/dinov2-base",
                    86_580_480,
                    "none",
                    APACHE,
                    "pictures like a picture, without words",
                    PICTURE_EMBEDDERS),
            new RecommendedModel(
                    "facebook/dinov3-vitb16-pretrain-lvd1689m",
                    85_660_416,
                    "none",
                    "DINOv3",
                    "the same, newer; its page asks for consent first",
                    PICTURE_EMBEDDERS),
            new RecommendedModel(
                    "google/vit-base-patch16-224",
                    86_567_656,
                    ENGLISH,
                    APACHE,
                    "the thousand classes of ImageNet, without labels",
                    List.of("classify")),
            new RecommendedModel(
                    "Salesforce/blip-image-captioning-base",
                    223_971_644,
                    ENGLISH,
                    "BSD-3-Clause",
                    "captions",
                    List.of("caption")),
            new RecommendedModel(
                    "Salesforce/blip-vqa-base",
                    361_230_140,
                    ENGLISH,
                    "BSD-3-Clause",
                    "answers to questions",
                    List.of("ask")),
            new RecommendedModel(
                    "Salesforce/blip-itm-base-coco",
                    223_744_258,
                    ENGLISH,
                    "BSD-3-Clause",
                    "whether a text fits a picture",
                    List.of("match")),
            new RecommendedModel(
                    "florence-community/Florence-2-base",
                    231_546_368,
                    ENGLISH,
                    "MIT",
                    "objects, text in pictures, outlines, long descriptions",
                    List.of("detect", "ground", "segment", "ocr", "describe", "caption", "florence")));
}
