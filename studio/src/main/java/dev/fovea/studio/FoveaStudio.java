package dev.fovea.studio;

import com.sun.net.httpserver.HttpServer;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.search.PhotoIndex;
import dev.fovea.service.http.HttpServers;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.figures.FigureRoutes;
import dev.fovea.studio.photos.SearchedPhotos;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.routes.LessonRoutes;
import dev.fovea.studio.routes.StudioPictureRoutes;
import dev.fovea.studio.routes.StudioSearchRoutes;
import dev.fovea.studio.routes.StudioStateRoutes;
import dev.fovea.studio.routes.StudioTextRoutes;
import dev.fovea.studio.runs.RunQueue;
import dev.fovea.studio.runs.RunRoutes;
import dev.fovea.studio.web.PageFiles;
import dev.fovea.studio.web.PageGate;
import dev.fovea.studio.web.PageHandler;
import dev.fovea.studio.web.PageRoute;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves the studio to this machine's browser: a page on which one picture can be followed from its pixels to the
 * answer of a model. {@code docs/studio.md} says what it shows.
 *
 * <pre>{@code
 * try (FoveaStudio studio = FoveaStudio.builder().start()) {
 *     System.out.println(studio.address()); // http://127.0.0.1:8095/?token=...
 *     Thread.currentThread().join();
 * }
 * }</pre>
 *
 * <p>It listens on the loopback address only, and answers only to those who have the token of its address. Pictures
 * stay in memory, and nothing is fetched from elsewhere. Faults are logged to the {@link System.Logger} {@code
 * dev.fovea.studio}.
 */
public final class FoveaStudio implements AutoCloseable {

    private static final String LOOPBACK = "127.0.0.1";

    private final HttpServer server;
    private final PageGate gate;
    private final ExecutorService threads;
    private final RunQueue queue;
    private final StudioModels models;
    private final SearchedPhotos photos;
    private boolean closed;

    private FoveaStudio(
            HttpServer server,
            PageGate gate,
            ExecutorService threads,
            RunQueue queue,
            StudioModels models,
            SearchedPhotos photos) {
        this.server = server;
        this.gate = gate;
        this.threads = threads;
        this.queue = queue;
        this.models = models;
        this.photos = photos;
    }

    /** Starts with the embedded models and the usual port. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the address to open, which holds the token: {@code http://127.0.0.1:8095/?token=...}. */
    public URI address() {
        return address(gate.token());
    }

    /**
     * Returns an address with another token, which is good for one use: for the command line of a browser, which other
     * users of the machine can read. It ends the one before.
     */
    public URI addressOfOneUse() {
        return address(gate.tokenOfOneUse());
    }

    private URI address(String token) {
        return URI.create("http://" + LOOPBACK + ":" + server.getAddress().getPort() + "/?token=" + token);
    }

    /** Stops the run that goes on, stops listening and closes the models. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        queue.close();
        server.stop(0);
        threads.shutdownNow();
        if (photos != null) {
            photos.close();
        }
        models.close();
    }

    /** Settings of a studio that is to be started. Not safe to use from several threads. */
    public static final class Builder {

        private record Wanted(Path folder, LoadOptions options, boolean now) {

            Wanted {
                Objects.requireNonNull(folder, "folder is null");
                Objects.requireNonNull(options, "options is null");
            }
        }

        private final Map<String, Wanted> wanted = new LinkedHashMap<>();
        private int port = 8095;
        private Path page;
        private Wanted index;
        private Path folder;

        private Builder() {
            String folder = System.getProperty("fovea.studio.page");
            page = folder == null ? null : Path.of(folder);
        }

        /**
         * Listens on a port; 8095 unless this is called.
         *
         * @param port 0 for any that is free, see {@link FoveaStudio#address()}
         */
        public Builder port(int port) {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("port is " + port + "; expected 0 to 65535");
            }
            this.port = port;
            return this;
        }

        /**
         * Shows a model, which is loaded when the studio starts. Without any model the embedded ones are shown.
         *
         * @param name on the page
         * @param folder of the checkpoint
         * @param options what computes, and how finely
         */
        public Builder model(String name, Path folder, LoadOptions options) {
            return add(name, new Wanted(folder, options, true));
        }

        /**
         * Shows a model, which is loaded when it is first needed.
         *
         * @param name on the page
         * @param folder of the checkpoint
         * @param options what computes, and how finely
         */
        public Builder modelOnDemand(String name, Path folder, LoadOptions options) {
            return add(name, new Wanted(folder, options, false));
        }

        private Builder add(String name, Wanted model) {
            if (wanted.putIfAbsent(Objects.requireNonNull(name, "name is null"), model) != null) {
                throw new FoveaException("the model " + name + " is given twice; give each once");
            }
            return this;
        }

        /**
         * Lets the page search an index of pictures, with the model that made it.
         *
         * @param index its folder
         * @param options how the model is loaded
         */
        public Builder index(Path index, LoadOptions options) {
            this.index = new Wanted(index, options, true);
            folder = null;
            return this;
        }

        /**
         * Lets the page search a folder of pictures, in place of an index. They are indexed while the page is used,
         * with the first model that reads pictures, into a temporary folder that goes with the studio.
         *
         * @param folder with all pictures below it
         */
        public Builder folder(Path folder) {
            this.folder = Objects.requireNonNull(folder, "folder is null");
            index = null;
            return this;
        }

        /**
         * Starts to listen.
         *
         * @throws FoveaException if the port is taken, or a model or the index cannot be loaded
         */
        public FoveaStudio start() {
            if (folder != null && !Files.isDirectory(folder)) {
                throw new FoveaException(folder
                        + (Files.exists(folder)
                                ? ": is a file; give a folder of pictures, or an index that fovea index made"
                                : ": no such folder; check the path"));
            }
            StudioModels models = new StudioModels();
            if (wanted.isEmpty()) {
                for (String name : Models.embedded()) {
                    models.add(name, Models.folder(name, LoadOptions.DEFAULTS), LoadOptions.DEFAULTS);
                }
            }
            HttpServer server = HttpServers.bind(LOOPBACK, port);
            try {
                wanted.forEach((name, model) -> {
                    StudioModel added = models.add(name, model.folder, model.options);
                    if (model.now) {
                        added.load();
                    }
                });
                PageFiles files = files("page");
                PageFiles lessons = files("lessons");
                StudioPictures pictures = new StudioPictures();
                SearchedPhotos photos = photos(models);
                RunQueue queue = new RunQueue();
                List<PageRoute> routes = new ArrayList<>();
                routes.addAll(new StudioStateRoutes(models, photos).routes());
                routes.addAll(new StudioPictureRoutes(pictures, models).routes());
                routes.addAll(new StudioTextRoutes(models).routes());
                routes.addAll(new FigureRoutes().routes());
                routes.addAll(new StudioSearchRoutes(photos, pictures, queue).routes());
                routes.addAll(new RunRoutes(models, pictures, queue).routes());
                PageGate gate = new PageGate(server.getAddress().getPort());
                routes.addAll(new LessonRoutes(lessons).routes());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                server.setExecutor(threads);
                server.createContext("/", new PageHandler(gate, files, routes));
                server.start();
                return new FoveaStudio(server, gate, threads, queue, models, photos);
            } catch (RuntimeException | Error failed) {
                server.stop(0);
                models.close();
                throw failed;
            }
        }

        /** Returns what the page searches, or null for nothing. */
        private SearchedPhotos photos(StudioModels models) {
            if (folder != null) {
                return new SearchedPhotos(folder, models.firstThatSees(folder));
            }
            return index == null ? null : new SearchedPhotos(opened(index.folder));
        }

        private PhotoIndex opened(Path folder) {
            if (!PhotoIndex.isIndex(folder)) {
                throw new FoveaException(
                        folder + ": is no index of pictures; give the index that fovea index made, or a folder"
                                + " of pictures");
            }
            String made;
            try (PhotoIndex there = PhotoIndex.open(folder)) {
                made = there.info().model();
            }
            Path checkpoint = Models.folder(made, index.options.withoutDownload());
            return PhotoIndex.open(folder, checkpoint, index.options, made);
        }

        /** Returns the files of a part of the page; while it is being written, lessons lie beside its folder. */
        private PageFiles files(String part) {
            if (page == null) {
                return PageFiles.ofJar(part);
            }
            Path folder = part.equals("page") ? page : page.resolveSibling(part);
            try {
                return PageFiles.ofFolder(folder);
            } catch (IOException absent) {
                throw new FoveaException(
                        folder + ": no such folder; -Dfovea.studio.page names the folder of the page's files", absent);
            }
        }
    }
}
