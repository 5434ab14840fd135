package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code spiece.model}, a message of Protocol Buffers ({@code sentencepiece_model.proto}): the pieces with their
 * scores, and how a text is cleaned before. Fields that are not named here have no part in tokenizing.
 */
final class SentencePieceFile {
    /** The kind of a piece in the file. */
    static final int NORMAL = 1;

    static final int UNKNOWN = 2;
    static final int USER_DEFINED = 4;

    /** The only kind of model that is read. */
    private static final int UNIGRAM = 1;

    /** How many bytes a number of any length may take. */
    private static final int LONGEST_NUMBER = 10;

    /**
     * One piece.
     *
     * @param kind of {@link #NORMAL} and its neighbours
     */
    record Piece(String text, float score, int kind) {}

    /** A part of the file that holds fields: a number that says which and of what form, then the content. */
    private final class Message {
        private final ByteBuffer bytes;
        private int field;
        private int form;

        Message(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        /** Moves on to the next field. Returns false at the end. */
        boolean next() {
            if (!bytes.hasRemaining()) return false;
            long tag = number();
            field = (int) (tag >>> 3);
            form = (int) tag & 7;
            return true;
        }

        long number() {
            long value = 0;
            for (int i = 0; i < LONGEST_NUMBER; i++) {
                if (!bytes.hasRemaining()) throw damaged();
                byte part = bytes.get();
                value |= (long) (part & 0x7F) << 7 * i;
                if (part >= 0) return value;
            }
            throw damaged();
        }

        float real() {
            if (form != 5 || bytes.remaining() < Float.BYTES) throw damaged();
            return bytes.getFloat();
        }

        boolean flag() {
            if (form != 0) throw damaged();
            return number() != 0;
        }

        ByteBuffer content() {
            long length = form == 2 ? number() : -1;
            if (length < 0 || length > bytes.remaining()) throw damaged();
            ByteBuffer content = bytes.slice(bytes.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.position(bytes.position() + (int) length);
            return content;
        }

        void skip() {
            switch (form) {
                case 0 -> number();
                case 2 -> content();
                case 1, 5 -> {
                    int length = form == 1 ? Long.BYTES : Integer.BYTES;
                    if (bytes.remaining() < length) throw damaged();
                    bytes.position(bytes.position() + length);
                }
                default -> throw damaged();
            }
        }
    }

    private final Path file;
    private final List<Piece> pieces = new ArrayList<>();
    private boolean isUnigram = true;
    private boolean byteFallback;
    private ByteBuffer characterMap = ByteBuffer.allocate(0);
    private boolean dummyPrefix = true;
    private boolean extraSpacesRemoved = true;
    private boolean spacesEscaped = true;

    private SentencePieceFile(Path file) {
        this.file = file;
        Message model = new Message(ByteBuffer.wrap(JsonReader.readBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
        while (model.next()) {
            switch (model.field) {
                case 1 -> pieces.add(piece(new Message(model.content())));
                case 2 -> trainer(new Message(model.content()));
                case 3 -> normalizer(new Message(model.content()));
                default -> model.skip();
            }
        }
        if (pieces.isEmpty()) throw damaged();
        if (!isUnigram || byteFallback || !spacesEscaped) {
            throw new ModelException(file + " is a SentencePiece model of a kind that is not read; expected a unigram"
                    + " model without byte fallback, as T5 and SigLIP have it: use a model whose tokenizer we know");
        }
    }

    static SentencePieceFile read(Path file) {
        return new SentencePieceFile(file);
    }

    private Piece piece(Message message) {
        String text = "";
        float score = 0;
        int kind = NORMAL;
        while (message.next()) {
            switch (message.field) {
                case 1 ->
                    text = StandardCharsets.UTF_8.decode(message.content()).toString();
                case 2 -> score = message.real();
                case 3 -> kind = (int) message.number();
                default -> message.skip();
            }
        }
        return new Piece(text, score, kind);
    }

    private void trainer(Message message) {
        while (message.next()) {
            switch (message.field) {
                case 3 -> isUnigram = message.number() == UNIGRAM;
                case 35 -> byteFallback = message.flag();
                default -> message.skip();
            }
        }
    }

    private void normalizer(Message message) {
        while (message.next()) {
            switch (message.field) {
                case 2 -> characterMap = message.content();
                case 3 -> dummyPrefix = message.flag();
                case 4 -> extraSpacesRemoved = message.flag();
                case 5 -> spacesEscaped = message.flag();
                default -> message.skip();
            }
        }
    }

    private ModelException damaged() {
        return new ModelException(file + " is no SentencePiece model or is damaged; fetch it again");
    }

    /** Returns the pieces; their ids are their places. */
    List<Piece> pieces() {
        return pieces;
    }

    /** Returns how a text is cleaned before it is cut into pieces. */
    SentencePieceNormalizer normalizer() {
        List<String> kept = pieces.stream()
                .filter(piece -> piece.kind == USER_DEFINED)
                .map(Piece::text)
                .toList();
        try {
            return new SentencePieceNormalizer(CharacterMap.of(characterMap), kept, dummyPrefix, extraSpacesRemoved);
        } catch (IndexOutOfBoundsException cutOff) {
            throw damaged();
        }
    }
}
