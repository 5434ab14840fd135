package dev.fovea.service.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.service.json.RecordJson;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;

/** Reads and writes messages, a JSON document on a line each. One thread reads, any number write. */
final class MessageLines {

    /** Longest message that is read; pictures are files, so that arguments are short. */
    static final int MOST_BYTES = 1 << 20;

    /** A line that holds no message. */
    static final class BadLineException extends Exception {

        private static final long serialVersionUID = 1;

        BadLineException(String message) {
            super(message);
        }
    }

    private final InputStream in;
    private final OutputStream out;
    private final ReentrantLock writing = new ReentrantLock();

    MessageLines(InputStream in, OutputStream out) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.out = out;
    }

    /**
     * Reads the next message; empty lines are skipped.
     *
     * @return null where the stream ends
     * @throws BadLineException if a line is no JSON or too long; the next one can be read
     */
    JsonNode read() throws IOException, BadLineException {
        byte[] line;
        do {
            line = readLine();
            if (line == null) {
                return null;
            }
        } while (isBlank(line));
        try {
            return RecordJson.parse(line);
        } catch (IOException broken) {
            throw new BadLineException("a line is no JSON; send one JSON-RPC message in UTF-8 on each line");
        }
    }

    private byte[] readLine() throws IOException, BadLineException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        long length = 0;
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (length++ < MOST_BYTES) {
                line.write(next);
            }
        }
        if (length > MOST_BYTES) {
            throw new BadLineException("a message has " + length + " bytes, at most " + MOST_BYTES
                    + " are read; name pictures by their paths instead of sending them");
        }
        return line.toByteArray();
    }

    private static boolean isBlank(byte[] line) {
        for (byte letter : line) {
            if (letter != ' ' && letter != '\t' && letter != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Writes a message as a line. */
    void write(JsonNode message) throws IOException {
        byte[] line = RecordJson.write(message);
        writing.lock();
        try {
            out.write(line);
            out.write('\n');
            out.flush();
        } finally {
            writing.unlock();
        }
    }
}
