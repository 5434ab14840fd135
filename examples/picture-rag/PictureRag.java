import dev.fovea.langchain4j.FoveaChatModel;
import dev.fovea.langchain4j.FoveaEmbeddingModel;
import dev.fovea.langchain4j.FoveaEmbeddingStore;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Answers a question out of a folder of notes and pictures (retrieval-augmented generation): the note and the picture
 * that are the nearest to the question are found, and a model looks at the picture.
 */
public final class PictureRag {

    // These know drawings. For photographs: openai/clip-vit-base-patch32 and Salesforce/blip-vqa-base
    private static final String EMBEDDER = "clip-mini";
    private static final String ANSWERER = "blip-mini";

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: PictureRag FOLDER QUESTION");
            System.exit(2);
        }
        Path folder = Path.of(arguments[0]);
        String question = arguments[1];
        try (FoveaEmbeddingModel embedder =
                        FoveaEmbeddingModel.builder().model(EMBEDDER).build();
                FoveaChatModel answerer =
                        FoveaChatModel.builder().model(ANSWERER).build();
                FoveaEmbeddingStore store = FoveaEmbeddingStore.inMemory()) {
            read(folder, embedder, store);
            Embedding asked = embedder.embed(question).content();
            nearest(store, asked, "note").ifPresent(note -> System.out.println("note: " + note.text()));
            Optional<TextSegment> picture = nearest(store, asked, "picture");
            if (picture.isPresent()) {
                Path file = Path.of(picture.get().metadata().getString("file"));
                UserMessage message = UserMessage.from(TextContent.from(question), ImageContent.from(file, type(file)));
                System.out.println("picture: " + file.getFileName() + ", answer: "
                        + answerer.chat(message).aiMessage().text());
            }
        }
    }

    /** Embeds every line of the notes and every picture; both are vectors of one space. */
    private static void read(Path folder, FoveaEmbeddingModel embedder, FoveaEmbeddingStore store) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".txt")) {
                    List<TextSegment> lines = Files.readAllLines(file).stream()
                            .filter(line -> !line.isBlank())
                            .map(line -> segment("note", file, line))
                            .toList();
                    store.addAll(embedder.embedAll(lines).content(), lines);
                } else if (!type(file).isEmpty()) {
                    EmbeddingInput input = EmbeddingInput.from(ImageContent.from(file, type(file)));
                    EmbeddingRequest request =
                            EmbeddingRequest.builder().inputs(List.of(input)).build();
                    store.add(
                            embedder.embed(request).embeddings().getFirst(),
                            segment("picture", file, file.getFileName().toString()));
                }
            }
        }
    }

    private static TextSegment segment(String kind, Path file, String text) {
        TextSegment segment = TextSegment.from(text);
        segment.metadata().put("kind", kind).put("file", file.toString());
        return segment;
    }

    private static String type(Path file) {
        String name = file.toString();
        return name.endsWith(".png") ? "image/png" : name.endsWith(".jpg") ? "image/jpeg" : "";
    }

    /** Notes are nearer to any question than pictures are, so that each kind is searched by itself. */
    private static Optional<TextSegment> nearest(FoveaEmbeddingStore store, Embedding asked, String kind) {
        EmbeddingSearchRequest request = EmbeddingSearchRequest.builder()
                .queryEmbedding(asked)
                .maxResults(1)
                .filter(new IsEqualTo("kind", kind))
                .build();
        return store.search(request).matches().stream().map(EmbeddingMatch::embedded).findFirst();
    }
}
