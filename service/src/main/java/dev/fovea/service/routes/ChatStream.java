package dev.fovea.service.routes;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.Call;
import dev.fovea.service.routes.ChatAnswer.ChatChunk;
import dev.fovea.service.routes.ChatAnswer.ChatUsage;
import dev.fovea.service.routes.ChatAnswer.ChunkChoice;
import dev.fovea.service.routes.ChatAnswer.Delta;
import dev.fovea.service.routes.ChatRoute.Written;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Sends an answer in pieces. The model's thread hands them over without waiting for the client, which may be slow; when
 * the client is gone, the work ends. What goes wrong before the first piece is answered as without a stream.
 */
final class ChatStream {

    private static final Optional<String> END = Optional.empty();

    private final Call call;
    private final String model;
    private final boolean withUsage;
    private final long created = Instant.now().getEpochSecond();
    private Call.EventStream events;

    ChatStream(Call call, String model, boolean withUsage) {
        this.call = call;
        this.model = model;
        this.withUsage = withUsage;
    }

    /**
     * Does some work and sends what it writes.
     *
     * @param work is given what takes the pieces
     */
    void run(Function<Consumer<String>, Written> work) {
        BlockingQueue<Optional<String>> pieces = new LinkedBlockingQueue<>();
        FutureTask<Written> writing = new FutureTask<>(() -> {
            try {
                return work.apply(piece -> pieces.add(Optional.of(piece)));
            } finally {
                pieces.add(END);
            }
        });
        Thread writer = Thread.startVirtualThread(writing);
        try {
            for (Optional<String> piece = pieces.take(); piece.isPresent(); piece = pieces.take()) {
                sendDelta(new Delta(null, piece.get()), null);
            }
            end(writing.get());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
        } catch (ExecutionException failed) {
            fail(failed.getCause());
        } finally {
            writer.interrupt(); // where the client is gone, and nothing where all is done
        }
    }

    private void end(Written written) {
        sendDelta(new Delta(null, null), written.finishReason());
        if (withUsage) {
            send(List.of(), written.usage());
        }
        events.done();
    }

    private void sendDelta(Delta delta, String finishReason) {
        if (events == null) {
            events = call.events();
            send(List.of(new ChunkChoice(0, new Delta("assistant", ""), null)), null);
        }
        send(List.of(new ChunkChoice(0, delta, finishReason)), null);
    }

    private void send(List<ChunkChoice> choices, ChatUsage usage) {
        events.send(new ChatChunk("chatcmpl-" + call.id(), "chat.completion.chunk", created, model, choices, usage));
    }

    private void fail(Throwable cause) {
        if (events != null && cause instanceof HttpFailure failure) {
            events.send(failure.answer());
            return;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) cause;
    }
}
