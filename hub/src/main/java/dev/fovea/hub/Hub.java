package dev.fovea.hub;

import dev.fovea.models.DownloadProgress;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Downloads models from a Hugging Face-compatible hub.
 *
 * {@snippet :
 * Download done = Hub.ofEnvironment().download(ModelName.of("openai/clip-vit-base-patch32"));
 * Clip clip = Clip.load(done.folder());
 * }
 *
 * <p>A download may be stopped at any moment; the next one of the same model continues where it stopped. Files that are
 * in the cache are not fetched again. What was fetched is checked against the hub's hashes before it appears in the
 * cache.
 */
public final class Hub {

    private final HubEnvironment environment;
    private final Settings settings;

    /** Holds everything that can be chosen. */
    private record Settings(
            URI endpoint,
            HubCache cache,
            boolean offline,
            boolean everything,
            DownloadProgress progress,
            Patience patience,
            Disk disk,
            int pieceBytes) {}

    private Hub(HubEnvironment environment, Settings settings) {
        this.environment = environment;
        this.settings = settings;
    }

    /**
     * Opens the hub, the cache, the token and the proxies that the environment names. It reads the variables of
     * huggingface_hub: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE, HTTPS_PROXY,
     * NO_PROXY.
     *
     * @throws FoveaException if one of them makes no sense
     */
    public static Hub ofEnvironment() {
        return of(HubEnvironment.ofProcess());
    }

    static Hub of(HubEnvironment environment) {
        return new Hub(
                environment,
                new Settings(
                        environment.endpoint(),
                        new HubCache(environment.cache()),
                        environment.offline(),
                        false,
                        DownloadProgress.NONE,
                        Patience.USUAL,
                        Disk.REAL,
                        Pieces.USUAL_BYTES));
    }

    /**
     * Returns a hub with these settings at another address.
     *
     * @throws FoveaException if the text is not an address
     */
    public Hub endpoint(String address) {
        Objects.requireNonNull(address, "address is null");
        URI endpoint = HubEnvironment.endpoint(address, "Hub.endpoint");
        return with(endpoint, settings.offline, settings.everything, settings.progress);
    }

    /** Returns a hub with these settings that sends no requests: a model that is not in the cache is an error. */
    public Hub offline() {
        return with(settings.endpoint, true, settings.everything, settings.progress);
    }

    /** Returns a hub with these settings that fetches every file of a repository, not only those that Fovea reads. */
    public Hub everything() {
        return with(settings.endpoint, settings.offline, true, settings.progress);
    }

    /** Returns a hub with these settings that reports the progress of its downloads. */
    public Hub progress(DownloadProgress progress) {
        Objects.requireNonNull(progress, "progress is null");
        return with(settings.endpoint, settings.offline, settings.everything, progress);
    }

    private Hub with(URI endpoint, boolean offline, boolean everything, DownloadProgress progress) {
        return new Hub(
                environment,
                new Settings(
                        endpoint,
                        settings.cache,
                        offline,
                        everything,
                        progress,
                        settings.patience,
                        settings.disk,
                        settings.pieceBytes));
    }

    /** Returns a hub with other waits, another disk and smaller pieces, for tests. */
    Hub with(Patience patience, Disk disk, int pieceBytes) {
        return new Hub(
                environment,
                new Settings(
                        settings.endpoint,
                        settings.cache,
                        settings.offline,
                        settings.everything,
                        settings.progress,
                        patience,
                        disk,
                        pieceBytes));
    }

    /** Returns the cache that models are downloaded into. */
    public HubCache cache() {
        return settings.cache;
    }

    /**
     * Downloads a model into the cache.
     *
     * @throws FoveaException if it cannot be had; what was fetched stays for the next attempt
     */
    public Download download(ModelName model) {
        Objects.requireNonNull(model, "model is null");
        try {
            if (settings.offline) {
                return cached(model);
            }
            try (HubClient client =
                    new HubClient(settings.endpoint, environment.token(), settings.patience, environment.variables())) {
                if (client.withholdsToken()) {
                    settings.progress.notice(HubClient.WITHHELD);
                }
                return download(model, client);
            }
        } catch (IOException e) {
            throw HubCache.unusable(settings.cache.repository(model), e);
        }
    }

    private Download download(ModelName model, HubClient client) throws IOException {
        HubCache cache = settings.cache;
        HubListing listing = HubListing.fetch(client, model);
        List<RemoteFile> wanted = wanted(model, client, listing);
        Files.createDirectories(cache.blob(model, "x").getParent());
        requireSpace(model, wanted);
        settings.progress.total(wanted.stream().mapToLong(RemoteFile::size).reduce(0, Hub::plus));
        BlobFetch blobs = new BlobFetch(client, cache, settings.disk, settings.progress, settings.pieceBytes);
        List<Download.File> files = new ArrayList<>();
        for (RemoteFile file : wanted) {
            boolean fetched = blobs.fetch(model, listing.commit(), file);
            files.add(new Download.File(file.path(), file.size(), fetched));
        }
        try (BlobLock _ = BlobLock.take(cache.lock(model, "snapshots"), () -> {})) {
            cache.publish(model, listing.commit(), wanted); // only now, so that no snapshot looks whole before it is
            cache.remember(model, listing.commit());
            cache.sweep(model);
        }
        List<String> passedOver = settings.everything
                ? listing.files().stream()
                        .map(RemoteFile::path)
                        .filter(path -> !SafePath.isUsable(path))
                        .toList()
                : List.of();
        Path folder = cache.snapshot(model, listing.commit());
        return new Download(model, listing.commit(), folder, List.copyOf(files), passedOver);
    }

    /**
     * Selects the files to fetch. A name that cannot be used on this system is skipped, unless the model needs that
     * file.
     */
    private List<RemoteFile> wanted(ModelName model, HubClient client, HubListing listing) {
        List<RemoteFile> needed = Selection.of(listing.files());
        for (RemoteFile file : needed) {
            if (!SafePath.isUsable(file.path())) {
                throw new ModelException(model + ": needs a file named " + Text.quote(file.path())
                        + ", which cannot be made on this system; rename it in the repository");
            }
        }
        List<RemoteFile> named = settings.everything
                ? listing.files().stream()
                        .filter(file -> SafePath.isUsable(file.path()))
                        .toList()
                : needed;
        if (named.isEmpty()) {
            throw new ModelException(
                    model + ": holds no files that Fovea reads; fetch everything with Hub.everything()");
        }
        List<RemoteFile> wanted = new ArrayList<>();
        for (RemoteFile file : named) {
            boolean known = file.etag() != null && file.size() >= 0;
            wanted.add(known ? file : RangeFetch.describe(client, model, listing.commit(), file));
        }
        return wanted;
    }

    private void requireSpace(ModelName model, List<RemoteFile> wanted) throws IOException {
        long needed = 0;
        for (RemoteFile file : wanted) {
            Path incomplete = settings.cache.incomplete(model, file.etag());
            if (!BlobFetch.isThere(settings.cache.blob(model, file.etag()), file)) {
                long there = Files.isRegularFile(incomplete) ? Math.min(file.size(), Files.size(incomplete)) : 0;
                needed = plus(needed, file.size() - there);
            }
        }
        long usable = settings.disk.usableBytes(settings.cache.folder());
        if (needed > usable) {
            throw new ModelException(settings.cache.folder() + ": " + model + " needs " + bytes(needed)
                    + ", the disk has " + bytes(usable) + "; free some space, or set HF_HOME to another disk");
        }
    }

    /** Returns a sum, or the largest long where the sum would overflow. */
    private static long plus(long a, long b) {
        return b > Long.MAX_VALUE - a ? Long.MAX_VALUE : a + b;
    }

    private static String bytes(long bytes) {
        return String.format(Locale.ROOT, "%,d bytes", bytes);
    }

    private Download cached(ModelName model) throws IOException {
        HubCache cache = settings.cache;
        Path folder = cache.find(model)
                .orElseThrow(() -> new ModelException(model + ": not in " + cache.folder()
                        + ", and nothing may be fetched; run it without Hub.offline() and HF_HUB_OFFLINE"));
        List<Download.File> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                files.add(new Download.File(name, Files.size(file), false));
            }
        }
        return new Download(model, cache.commit(model).orElseThrow(), folder, List.copyOf(files), List.of());
    }
}
