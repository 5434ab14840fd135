package dev.fovea.service;

import dev.fovea.models.LoadOptions;
import dev.fovea.service.http.RemotePictures;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.mcp.AllowedFolders;
import dev.fovea.service.mcp.McpSession;
import dev.fovea.service.mcp.McpTools;
import dev.fovea.service.mcp.PhotoSearch;
import dev.fovea.service.metrics.ServiceMetrics;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.PictureTasks;
import dev.fovea.service.served.ServedModels;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Offers models to agents as tools of the Model Context Protocol, which {@code docs/mcp.md} describes: {@code
 * search_photos}, {@code describe_image}, {@code detect_objects}, {@code read_text}, {@code ask_image} and {@code
 * classify_image}. Pictures are files below folders that were allowed; nothing else is read.
 *
 * <pre>{@code
 * try (FoveaMcp mcp = FoveaMcp.builder().root(Path.of("photos")).model("clip", folder, LoadOptions.DEFAULTS).open()) {
 *     mcp.serve(System.in, System.out); // until the client closes its end
 * }
 * }</pre>
 */
public final class FoveaMcp implements AutoCloseable {

    private static final ServiceLimits LIMITS = ServiceLimits.DEFAULTS;

    private final ServedModels models;
    private final PictureSource pictures;
    private final PhotoSearch photos;
    private final List<Path> roots;

    private FoveaMcp(Builder settings) {
        models = new ServedModels(LIMITS.waiting(), new ServiceMetrics());
        pictures = new PictureSource(LIMITS, new RemotePictures(Set.of(), LIMITS.bodyBytes()));
        photos = new PhotoSearch(models, pictures, LIMITS, settings.cache);
        roots = List.copyOf(settings.roots);
        try {
            settings.models.forEach((name, wanted) -> models.add(name, wanted.folder(), wanted.options()));
            settings.index.ifPresent(wanted -> photos.use(wanted.folder(), wanted.options()));
        } catch (RuntimeException | Error failed) {
            close();
            throw failed;
        }
    }

    /** Starts with no model and no folder. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Answers a client until it closes its end. Clients are independent of each other, and several may be served at a
     * time.
     *
     * @param in from the client, a JSON-RPC message on each line
     * @param out to the client; nothing else may be written to it
     * @throws IOException if the client cannot be read
     */
    public void serve(InputStream in, OutputStream out) throws IOException {
        Objects.requireNonNull(in, "in is null");
        Objects.requireNonNull(out, "out is null");
        McpTools tools = new McpTools(models, photos, new PictureTasks(pictures, LIMITS), LIMITS);
        String version = Optional.ofNullable(FoveaMcp.class.getPackage().getImplementationVersion())
                .orElse("0");
        new McpSession(in, out, tools, new AllowedFolders(roots), version, LIMITS.time()).run();
    }

    /** Closes the models and the indexes. */
    @Override
    public void close() {
        photos.close();
        pictures.close();
        models.close();
    }

    /** Settings of a server. Not safe to use from several threads. */
    public static final class Builder {

        private record Wanted(Path folder, LoadOptions options) {}

        private final Map<String, Wanted> models = new LinkedHashMap<>();
        private final List<Path> roots = new ArrayList<>();
        private Optional<Wanted> index = Optional.empty();
        private Path cache =
                CacheFolder.ofUser().orElseGet(CacheFolder::temporary).resolve("photo-indexes");

        private Builder() {}

        /**
         * Adds a model, which is loaded when it is first needed. Each tool runs on the first that is for it.
         *
         * @param name in results
         * @param folder of its checkpoint
         * @throws FoveaException if the name is taken
         */
        public Builder model(String name, Path folder, LoadOptions options) {
            Objects.requireNonNull(name, "name is null");
            Objects.requireNonNull(folder, "folder is null");
            Objects.requireNonNull(options, "options is null");
            if (models.putIfAbsent(name, new Wanted(folder, options)) != null) {
                throw new FoveaException("a model of the name " + name + " is there already; give each its own");
            }
            return this;
        }

        /**
         * Allows a folder with all below it, besides the roots that a client names.
         *
         * @throws FoveaException if it is no folder
         */
        public Builder root(Path folder) {
            if (!Files.isDirectory(Objects.requireNonNull(folder, "folder is null"))) {
                throw new FoveaException(folder + ": is no folder; name one whose pictures may be looked at");
            }
            roots.add(folder);
            return this;
        }

        /**
         * Searches photos in an index that is there, of which those in allowed folders are found. Without this an index
         * is kept for each allowed folder.
         *
         * @param folder of the index
         * @param options how the model that made it is loaded
         */
        public Builder index(Path folder, LoadOptions options) {
            Objects.requireNonNull(folder, "folder is null");
            Objects.requireNonNull(options, "options is null");
            index = Optional.of(new Wanted(folder, options));
            return this;
        }

        /** Keeps the indexes of allowed folders in a folder; in the user's caches unless this is called. */
        public Builder cache(Path folder) {
            cache = Objects.requireNonNull(folder, "folder is null");
            return this;
        }

        /**
         * Opens the index if there is one.
         *
         * @throws FoveaException if a model or the index cannot be opened
         */
        public FoveaMcp open() {
            return new FoveaMcp(this);
        }
    }
}
