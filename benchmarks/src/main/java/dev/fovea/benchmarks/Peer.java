package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Runs one of the peers in a Python process of its own; benchmarks/peers/README.md has the protocol. */
final class Peer implements Contestant {

    private final String peer;
    private final Process process;
    private final BufferedReader replies;
    private final Writer requests;
    private final Entrant entrant;

    private static final Map<String, Set<Precision>> PRECISIONS = Map.of(
            "torch", EnumSet.of(Precision.F32, Precision.BF16),
            "onnxruntime", EnumSet.of(Precision.F32, Precision.INT8),
            "openvino", EnumSet.of(Precision.F32, Precision.BF16, Precision.INT8));

    /**
     * Returns whether a peer has a precision; benchmarks/peers/precisions.py says what it is there.
     *
     * @throws FoveaException if there is no such peer
     */
    static boolean has(String peer, Precision precision) {
        Set<Precision> precisions = PRECISIONS.get(peer);
        if (precisions == null) {
            throw new FoveaException("no peer \"" + peer + "\"; expected "
                    + PRECISIONS.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
        return precisions.contains(precision);
    }

    /**
     * Starts a peer, and returns when it is loaded. If the peers' models are not in the cache, it writes them there
     * first.
     *
     * @param python interpreter that has what benchmarks/peers/requirements.txt lists
     * @param script benchmarks/peers/clip_peers.py
     */
    Peer(String peer, Precision precision, String python, Path script, Path model, Path cache, int threads) {
        this.peer = peer;
        List<String> command = List.of(
                python,
                script.toString(),
                model.toString(),
                cache.toString(),
                "--serve",
                peer,
                "--precision",
                precision.toString(),
                "--threads",
                Integer.toString(threads));
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new FoveaException(
                    "cannot start " + python + " (" + e.getMessage()
                            + "); make it as benchmarks/peers/README.md says, or name another with --python",
                    e);
        }
        replies = process.inputReader(StandardCharsets.UTF_8);
        requests = process.outputWriter(StandardCharsets.UTF_8);
        entrant = new Entrant(reply().get("ready").text(peer), precision, false);
    }

    @Override
    public Entrant entrant() {
        return entrant;
    }

    @Override
    public Times run(Work work, int runs, int warm) {
        try {
            requests.write("RUN " + work.name() + " " + runs + (warm < 0 ? "" : " " + warm) + "\n");
            requests.flush();
        } catch (IOException e) {
            throw new FoveaException(peer + " has ended; what it said is above", e);
        }
        JsonValue reply = reply();
        if (!reply.get("error").isMissing()) {
            throw new FoveaException(peer + ": " + work.name() + ": " + reply.get("error"));
        }
        double[] times = reply.get("times_ms").items().stream()
                .mapToDouble(time -> time.number(Double.NaN))
                .toArray();
        Agreement agreement = reply.get("difference").isMissing()
                ? Agreement.UNKNOWN
                : new Agreement(
                        reply.get("difference").number(Double.NaN),
                        reply.get("cosine").number(Double.NaN));
        int[] tokens = reply.get("tokens").items().stream()
                .mapToInt(token -> (int) token.number(-1))
                .toArray();
        return new Times(times, agreement, tokens);
    }

    private JsonValue reply() {
        try {
            String line = replies.readLine();
            if (line == null) {
                throw new FoveaException(peer + " has ended; what it said is above");
            }
            return new JsonReader(line.getBytes(StandardCharsets.UTF_8), peer).value();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            requests.close();
            process.waitFor();
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
