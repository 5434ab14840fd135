package dev.fovea.service.served;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureException;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.RemotePictures;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.ImageData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Decodes the pictures of requests, as many at a time as there are cores: the virtual threads of requests, which give
 * way only where they wait, stay free for others.
 */
public final class PictureSource implements AutoCloseable {

    private final ServiceLimits limits;
    private final RemotePictures remote;
    private final ExecutorService decoders = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().name("fovea-pictures-", 0).daemon().factory());

    /** Makes a source with the limits of requests. */
    public PictureSource(ServiceLimits limits, RemotePictures remote) {
        this.limits = limits;
        this.remote = remote;
    }

    /** Reads a picture and keeps what a model reads of it. */
    public PictureInput prepare(ImageData image, String param, Preprocessing steps, Deadline deadline) {
        return prepareAll(List.of(image), List.of(param), steps, deadline).getFirst();
    }

    /**
     * Reads pictures and keeps what a model reads of them.
     *
     * @param params the path of each one's field, for complaints
     * @throws HttpFailure if one cannot be had or read, or it is too late
     */
    public List<PictureInput> prepareAll(
            List<ImageData> images, List<String> params, Preprocessing steps, Deadline deadline) {
        List<Future<PictureInput>> reading = new ArrayList<>();
        try {
            for (int i = 0; i < images.size(); i++) {
                byte[] bytes = bytes(images.get(i), params.get(i), deadline);
                reading.add(decoders.submit(() -> read(bytes, steps::prepare, deadline)));
            }
            List<PictureInput> pictures = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                pictures.add(wait(reading.get(i), params.get(i), deadline));
            }
            return pictures;
        } finally {
            reading.forEach(one -> one.cancel(true));
        }
    }

    private byte[] bytes(ImageData image, String param, Deadline deadline) {
        return image.isAddress() ? remote.fetch(image.text(), param, deadline) : image.bytes(param);
    }

    private PictureInput read(byte[] bytes, Function<Picture, PictureInput> use, Deadline deadline) {
        return Picture.read(bytes, limits.pixels(), Duration.ofNanos(Math.max(1, deadline.left())), use);
    }

    private static PictureInput wait(Future<PictureInput> picture, String param, Deadline deadline) {
        try {
            return picture.get(Math.max(0, deadline.left()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw deadline.missed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof PictureException bad) {
                throw HttpFailure.badRequest(param, param + ": " + bad.getMessage());
            }
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failed.getCause();
        }
    }

    @Override
    public void close() {
        decoders.shutdownNow();
    }
}
