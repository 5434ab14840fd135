package dev.fovea.studio.pictures;

import dev.fovea.models.image.Picture;
import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Holds the pictures of the page in memory, as the files that they came in: those of the jar, and the last ones that
 * were uploaded. Nothing is written to a disk and nothing is fetched. Safe to use from several threads.
 */
public final class StudioPictures {

    /** Most uploaded pictures that are kept. */
    public static final int KEPT = 20;

    /** Most pixels of a picture, which its header tells before anything is decoded. */
    public static final long PIXELS = 100_000_000;

    private static final long KEPT_BYTES =
            Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 8);
    private static final Duration TIME = Duration.ofSeconds(30);
    private static final int NAME_LENGTH = 200;
    private static final int ID_LENGTH = 16;

    /** A picture that comes with the studio, and its size, so that none has to be decoded before the page is there. */
    private record BuiltIn(String name, int width, int height) {}

    private static final List<BuiltIn> SIZES = List.of(
            new BuiltIn("frog-and-tree.png", 200, 200),
            new BuiltIn("cat.jpg", 451, 300),
            new BuiltIn("coffee.jpg", 600, 400),
            new BuiltIn("elephant.png", 256, 256),
            new BuiltIn("mushrooms-and-word.png", 384, 384),
            new BuiltIn("octopus.png", 256, 256),
            new BuiltIn("sunflower-and-gift.png", 200, 200),
            new BuiltIn("trumpet-boot-and-key.png", 384, 384),
            new BuiltIn("two-mushrooms.png", 200, 200));

    /** The pictures that come with the studio; the first one is what the page begins with. */
    public static final List<String> BUILT_IN =
            SIZES.stream().map(BuiltIn::name).toList();

    private record Held(PictureEntry entry, byte[] file) {}

    private final Map<String, Held> builtIn = new LinkedHashMap<>();
    private final Map<String, Held> uploaded = new LinkedHashMap<>();

    /** Takes the pictures that come with the studio. */
    public StudioPictures() {
        for (BuiltIn one : SIZES) {
            byte[] file = resource(one.name);
            String id = one.name.substring(0, one.name.lastIndexOf('.'));
            PictureEntry entry = new PictureEntry(id, one.name, one.width, one.height, true, sha256(file));
            builtIn.put(id, new Held(entry, file));
        }
    }

    private static byte[] resource(String name) {
        try (InputStream stream = StudioPictures.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("the studio's jar lacks the picture " + name);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PictureEntry entry(String id, String name, byte[] file) {
        return read(
                file, picture -> new PictureEntry(id, name, picture.width(), picture.height(), false, sha256(file)));
    }

    private static <T> T read(byte[] file, Function<? super Picture, ? extends T> use) {
        return Picture.read(file, PIXELS, TIME, use);
    }

    /** Returns all pictures: those of the studio first, then the uploaded ones, the last one first. */
    public synchronized List<PictureEntry> list() {
        List<PictureEntry> all = new ArrayList<>();
        builtIn.values().forEach(held -> all.add(held.entry));
        List<PictureEntry> own = new ArrayList<>();
        uploaded.values().forEach(held -> own.add(held.entry));
        all.addAll(own.reversed());
        return all;
    }

    /**
     * Takes a picture, unless it is there already. The oldest one goes if there are too many.
     *
     * @param name of the file; shown, never opened
     * @throws dev.fovea.models.image.PictureException if it is no picture, or too large
     */
    public PictureEntry add(byte[] file, String name) {
        String id = sha256(file).substring(0, ID_LENGTH);
        String shown = name.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", " ");
        PictureEntry entry = entry(id, shown.length() > NAME_LENGTH ? shown.substring(0, NAME_LENGTH) : shown, file);
        synchronized (this) {
            uploaded.remove(id);
            uploaded.put(id, new Held(entry, file));
            while (uploaded.size() > KEPT || uploaded.size() > 1 && bytes() > KEPT_BYTES) {
                uploaded.remove(uploaded.keySet().iterator().next());
            }
        }
        return entry;
    }

    private long bytes() {
        return uploaded.values().stream().mapToLong(held -> held.file.length).sum();
    }

    private static String sha256(byte[] file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has SHA-256
        }
    }

    private synchronized Held held(String id) {
        Held held = builtIn.getOrDefault(id, uploaded.get(id));
        if (held == null) {
            throw HttpFailure.notFound(
                    "picture",
                    "no_picture",
                    "this picture is not here, or " + KEPT + " others came since; drop it on the page again");
        }
        return held;
    }

    /**
     * Returns what is known of a picture.
     *
     * @throws HttpFailure if it is not here
     */
    public PictureEntry entry(String id) {
        return held(id).entry;
    }

    /**
     * Decodes a picture and makes something of it.
     *
     * @param use does not keep the picture; may be called twice
     * @throws HttpFailure if it is not here
     */
    public <T> T use(String id, Function<? super Picture, ? extends T> use) {
        return read(held(id).file, use);
    }
}
