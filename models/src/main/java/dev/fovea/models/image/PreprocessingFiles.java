package dev.fovea.models.image;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a {@link Preprocessing} in all the forms that image processors have been saved in. */
final class PreprocessingFiles {
    /** Largest side; larger ones are taken for a mistake in the file. */
    private static final int MAX_SIDE = 8192;

    /** Most patches; more are taken for a mistake in the file. */
    private static final int MAX_PATCHES = 1 << 16;

    /** Least side for which pictures are not cropped but squeezed, in the processor that knows {@code crop_pct}. */
    private static final int WARPED_SIDE = 384;

    private static final int BILINEAR = 2;
    private static final int BICUBIC = 3;

    private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] IMAGENET_STD = {0.229f, 0.224f, 0.225f};

    private final Path file;
    private final JsonValue config;

    private PreprocessingFiles(Path file, JsonValue config) {
        this.file = file;
        this.config = config;
    }

    static Preprocessing load(Path folder) {
        Path processor = folder.resolve("processor_config.json");
        if (Files.exists(processor)) {
            JsonValue nested = JsonReader.readObject(processor).get("image_processor");
            if (nested.isObject()) return new PreprocessingFiles(processor, nested).checked();
        }
        Path file = folder.resolve("preprocessor_config.json");
        if (!Files.exists(file)) {
            Preprocessing ofTimm = TimmPreprocessing.load(folder);
            if (ofTimm != null) return ofTimm;
            throw new ModelException(
                    folder + " has no preprocessor_config.json, which says how pictures are prepared; fetch it");
        }
        return new PreprocessingFiles(file, JsonReader.readObject(file)).checked();
    }

    private Preprocessing checked() {
        Preprocessing steps = build();
        for (float value : steps.table()) {
            if (!Float.isFinite(value)) {
                throw error("gives rescale_factor, image_mean and image_std that make " + value
                        + " of a pixel, expected finite numbers");
            }
        }
        return steps;
    }

    private Preprocessing build() {
        Kind kind = kind();
        if (flag("do_pad", false)) throw error("asks for padding (do_pad), which no model we know needs");
        boolean resize = flag("do_resize", true);
        boolean crop = flag("do_center_crop", kind.centerCrop);
        if (kind.patches) return buildInPatches(kind);
        Size size = size("size", kind.size, kind.square);
        Size cropSize = crop ? size("crop_size", new Size(0, 0, 224, 224), true) : new Size(0, 0, 0, 0);
        if (crop && cropSize.shortestEdge > 0)
            throw error("gives crop_size as shortest_edge, expected height and width");
        if (kind.cropShare > 0 && resize && !crop) {
            int side = size.shortestEdge;
            if (side == 0) throw error("gives size as height and width, expected shortest_edge");
            crop = side < WARPED_SIDE;
            cropSize = new Size(0, 0, side, side);
            size = crop ? new Size((int) (side / cropShare(kind.cropShare)), 0, 0, 0) : cropSize;
        }
        if (!crop && (!resize || size.shortestEdge > 0)) {
            throw error("gives pictures of different sizes: expected do_center_crop, or size with height and width");
        }
        return new Preprocessing(
                resize,
                size.shortestEdge,
                size.longestEdge,
                size.width,
                size.height,
                filter(kind),
                crop,
                cropSize.width,
                cropSize.height,
                flag("do_rescale", true),
                config.get("rescale_factor").number(1 / 255.0),
                flag("do_normalize", true),
                channels("image_mean", kind.mean),
                divisors("image_std", kind.std),
                false,
                0,
                0,
                kind.floats);
    }

    /** Reads a processor that resizes a picture to a number of patches. */
    private Preprocessing buildInPatches(Kind kind) {
        if (!flag("do_resize", true)) {
            throw error("gives pictures of different sizes: expected do_resize, which makes whole patches");
        }
        int patchSize = number("patch_size", 16);
        int mostPatches = number("max_num_patches", 256);
        if (patchSize < 1 || patchSize > MAX_SIDE) {
            throw error("gives patch_size as " + patchSize + ", expected whole pixels from 1 to " + MAX_SIDE);
        }
        if (mostPatches < 1 || mostPatches > MAX_PATCHES) {
            throw error(
                    "gives max_num_patches as " + mostPatches + ", expected a whole number from 1 to " + MAX_PATCHES);
        }
        return new Preprocessing(
                true,
                0,
                0,
                0,
                0,
                filter(kind),
                false,
                0,
                0,
                flag("do_rescale", true),
                config.get("rescale_factor").number(1 / 255.0),
                flag("do_normalize", true),
                channels("image_mean", kind.mean),
                divisors("image_std", kind.std),
                false,
                patchSize,
                mostPatches,
                false);
    }

    private ResampleFilter filter(Kind kind) {
        int code = number("resample", kind.resample);
        ResampleFilter filter = ResampleFilter.ofCode(code);
        if (filter == null) throw error("asks for the resample filter " + code + ", expected 0 to 5");
        if (kind.floats && code != BILINEAR && code != BICUBIC) {
            throw error("asks for the resample filter " + code + ", expected 2 or 3 for DINOv3ViTImageProcessor");
        }
        return filter;
    }

    /**
     * The defaults of a class of image processors.
     *
     * @param square whether a size of one number is that of both sides
     * @param cropShare if not 0: the share of the shorter side that remains after cropping, {@code crop_pct} of
     *     ConvNeXT, which ResNets share
     * @param resample code of the filter
     * @param patches whether pictures are resized to a number of patches
     * @param floats whether pictures are resized in floats
     */
    private record Kind(
            boolean centerCrop,
            Size size,
            boolean square,
            double cropShare,
            int resample,
            float[] mean,
            float[] std,
            boolean patches,
            boolean floats) {

        Kind(boolean centerCrop, Size size, boolean square, double cropShare, int resample, float[] mean, float[] std) {
            this(centerCrop, size, square, cropShare, resample, mean, std, false, false);
        }
    }

    /** A shorter side, with or without a bound of the longer one, or both sides. */
    private record Size(int shortestEdge, int longestEdge, int width, int height) {}

    private Kind kind() {
        JsonValue type = config.get("image_processor_type");
        if (!type.isText()) type = config.get("feature_extractor_type");
        String name = type.text("CLIPImageProcessor").replaceFirst("(ImageProcessor|FeatureExtractor)(Fast|Pil)?$", "");
        Preprocessing clip = Preprocessing.clip(224);
        Size shortest = new Size(224, 0, 0, 0);
        float[] half = {0.5f, 0.5f, 0.5f};
        return switch (name) {
            case "CLIP", "ChineseCLIP", "Bit" -> new Kind(true, shortest, false, 0, BICUBIC, clip.mean(), clip.std());
            case "Blip" -> new Kind(false, new Size(0, 0, 384, 384), true, 0, BICUBIC, clip.mean(), clip.std());
            case "ViT" -> new Kind(false, new Size(0, 0, 224, 224), true, 0, BILINEAR, half, half);
            case "DINOv3ViT" ->
                new Kind(false, new Size(0, 0, 224, 224), false, 0, BILINEAR, IMAGENET_MEAN, IMAGENET_STD, false, true);
            case "Siglip" -> new Kind(false, new Size(0, 0, 224, 224), false, 0, BICUBIC, half, half);
            case "Siglip2" -> new Kind(false, null, false, 0, BILINEAR, half, half, true, false);
            case "ConvNext" -> new Kind(false, new Size(384, 0, 0, 0), false, 224 / 256.0, BICUBIC, half, half);
            default ->
                throw error("names the image processor '" + type.text("") + "'; known are CLIPImageProcessor,"
                        + " SiglipImageProcessor, Siglip2ImageProcessor, BlipImageProcessor, ViTImageProcessor,"
                        + " DINOv3ViTImageProcessor, ConvNextImageProcessor and BitImageProcessor: use a model with"
                        + " one of these");
        };
    }

    private double cropShare(double fallback) {
        JsonValue node = config.get("crop_pct");
        if (node.isMissing()) return fallback;
        double share = node.number(0);
        if (!(share > 0.01 && share <= 1)) {
            throw error("gives crop_pct as " + node + ", expected a number from 0.01 to 1");
        }
        return share;
    }

    private boolean flag(String name, boolean fallback) {
        JsonValue node = config.get(name);
        if (node.isMissing()) return fallback;
        if (!node.isFlag()) throw error("gives " + name + " as " + node + ", expected true or false");
        return node.flag(fallback);
    }

    private int number(String name, int fallback) {
        JsonValue node = config.get(name);
        if (node.isMissing()) return fallback;
        if (!node.isInteger()) throw error("gives " + name + " as " + node + ", expected a whole number");
        return node.integer(0);
    }

    private Size size(String name, Size fallback, boolean square) {
        JsonValue node = config.get(name);
        if (node.isMissing()) return fallback;
        if (node.isNumber()) {
            int side = side(name, node);
            return square ? new Size(0, 0, side, side) : new Size(side, 0, 0, 0);
        }
        if (node.items().size() == 2) {
            return new Size(0, 0, side(name, node.get(1)), side(name, node.get(0)));
        }
        if (!node.get("shortest_edge").isMissing()) {
            int longest = node.get("longest_edge").isNumber() ? side(name, node.get("longest_edge")) : 0;
            return new Size(side(name, node.get("shortest_edge")), longest, 0, 0);
        }
        if (!node.get("height").isMissing() && !node.get("width").isMissing()) {
            return new Size(0, 0, side(name, node.get("width")), side(name, node.get("height")));
        }
        throw error("gives " + name + " as " + node + ", expected a number, shortest_edge, or height and width");
    }

    private int side(String name, JsonValue node) {
        if (node.integer(0) < 1 || node.integer(0) > MAX_SIDE) {
            throw error("gives " + name + " as " + node + ", expected whole pixels from 1 to " + MAX_SIDE);
        }
        return node.integer(0);
    }

    private float[] channels(String name, float[] fallback) {
        JsonValue node = config.get(name);
        if (node.isMissing()) return fallback;
        float[] values = new float[3];
        for (int i = 0; i < 3; i++) {
            JsonValue value = node.isArray() ? node.get(i) : node;
            if (!value.isNumber() || node.isArray() && node.items().size() != 3) {
                throw error("gives " + name + " as " + node + ", expected three numbers");
            }
            values[i] = (float) value.number(0);
        }
        return values;
    }

    private float[] divisors(String name, float[] fallback) {
        float[] values = channels(name, fallback);
        for (float value : values) {
            if (value == 0) throw error("gives " + name + " as " + config.get(name) + ", expected no zero");
        }
        return values;
    }

    private ModelException error(String what) {
        return new ModelException(file + " " + what);
    }
}
