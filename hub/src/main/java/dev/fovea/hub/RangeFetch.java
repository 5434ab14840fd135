package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fetches bytes of one file, however often the connection breaks, and checks that what the servers say fits what the
 * hub listed.
 */
final class RangeFetch {

    private static final int BUFFER = 1 << 16;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

    /** Takes bytes in order. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes, int offset, int count);
    }

    private final HubClient client;
    private final URI address;
    private final RemoteFile file;
    private final Refusal refusal;

    RangeFetch(HubClient client, ModelName model, String commit, RemoteFile file) {
        this.client = client;
        this.address = HubAddress.file(client.endpoint(), model, commit, file.path());
        this.file = file;
        this.refusal = new Refusal(model, file.path());
    }

    /** Asks the hub for the ETag and the size of a file, where its list of files does not say them. */
    static RemoteFile describe(HubClient client, ModelName model, String commit, RemoteFile file) {
        URI address = HubAddress.file(client.endpoint(), model, commit, file.path());
        Refusal refusal = new Refusal(model, file.path());
        Attempts attempts = new Attempts(client, refusal.what());
        while (true) {
            try (Answer answer = client.open("HEAD", address, null, refusal)) {
                String etag = answer.hub().etag();
                long size = answer.hub().size() >= 0 ? answer.hub().size() : answer.number("Content-Length");
                if (!etag.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}") || size < 0) {
                    throw new ModelException(
                            refusal.what() + ": the hub tells neither hash nor length; use another hub's address");
                }
                return new RemoteFile(file.path(), size, etag);
            } catch (IOException e) {
                attempts.failed(e);
            }
        }
    }

    /** Returns whether the server gives parts of the file. */
    boolean takesRanges() {
        Attempts attempts = new Attempts(client, refusal.what());
        while (true) {
            try (Answer answer = client.open("GET", address, "bytes=0-0", refusal)) {
                return answer.status() == 206;
            } catch (IOException e) {
                attempts.failed(e);
            }
        }
    }

    /**
     * Fetches the bytes from {@code from}, inclusive, to {@code to}, exclusive.
     *
     * @throws FoveaException if they cannot be had, or the file is another one by now
     */
    void fetch(long from, long to, Sink sink) {
        Attempts attempts = new Attempts(client, refusal.what());
        byte[] buffer = new byte[BUFFER];
        long at = from;
        while (at < to) {
            boolean whole = at == 0 && to == file.size();
            try (Answer answer = client.open("GET", address, whole ? null : "bytes=" + at + "-" + (to - 1), refusal)) {
                long skipped = check(answer, at);
                while (at < to) {
                    long wanted = skipped > 0 ? skipped : to - at;
                    int read = answer.read(buffer, (int) Math.min(BUFFER, wanted));
                    if (read < 0) {
                        throw new IOException("the connection ended after " + at + " of " + file.size() + " bytes");
                    }
                    if (skipped > 0) {
                        skipped -= read;
                        continue;
                    }
                    sink.write(buffer, 0, read);
                    at += read;
                    attempts.progressed();
                }
                if (answer.status() == 200 && to == file.size() && answer.read(buffer, 1) > 0) {
                    throw wrongLength("more");
                }
            } catch (IOException e) {
                if (at < to) {
                    attempts.failed(e);
                }
            }
        }
    }

    /**
     * Compares what the headers say with what is expected.
     *
     * @return how many bytes come before the wanted ones, where the server gives no parts
     */
    private long check(Answer answer, long at) throws IOException {
        String etag = answer.hub().etag();
        boolean changed = ContentHash.isHash(etag) && ContentHash.isHash(file.etag()) && !etag.equals(file.etag());
        if (changed) {
            throw new ModelException(
                    refusal.what() + ": changed on the hub while it was fetched; run the command again");
        }
        if (answer.hub().size() >= 0 && answer.hub().size() != file.size()) {
            throw wrongLength(Long.toString(answer.hub().size()));
        }
        if (answer.status() == 200) {
            long length = answer.number("Content-Length");
            if (length >= 0 && length != file.size()) {
                throw wrongLength(Long.toString(length));
            }
            return at;
        }
        Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range"));
        if (!range.matches() || Long.parseLong(range.group(1)) != at) {
            throw new IOException("the server sent another part than was asked for");
        }
        if (!range.group(3).equals("*") && Long.parseLong(range.group(3)) != file.size()) {
            throw wrongLength(range.group(3));
        }
        return 0;
    }

    private FoveaException wrongLength(String found) {
        return new ModelException(refusal.what() + ": the server has " + found + " bytes where the hub lists "
                + file.size() + "; run the command again later, or use another hub's address");
    }
}
