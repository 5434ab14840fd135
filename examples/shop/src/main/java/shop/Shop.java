package shop;

import dev.fovea.spring.FoveaVectorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.filter.FilterExpressionBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaTypeFactory;
import org.springframework.http.ProblemDetail;
import org.springframework.util.MimeType;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** A shop whose products are found by words, {@code GET /search}, and by a picture, {@code POST /search}. */
@SpringBootApplication
@RestController
public class Shop implements ApplicationRunner {

    private final FoveaVectorStore store;
    private final ApplicationAvailability state;
    private final Path products;

    Shop(FoveaVectorStore store, ApplicationAvailability state, @Value("${shop.products}") Path products) {
        this.store = store;
        this.state = state;
        this.products = products;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Shop.class, arguments);
    }

    /** A product that was found. */
    record Found(String image, Object brand, Object price, Double score) {}

    /** Adds the products, lines of image, brand and price. The port is open already, the shop is ready after this. */
    @Override
    public void run(ApplicationArguments arguments) throws IOException {
        List<Document> all = new ArrayList<>();
        for (String line : Files.readAllLines(products)) {
            String[] fields = line.split(",");
            Path image = products.resolveSibling(fields[0]);
            MimeType type = MediaTypeFactory.getMediaType(fields[0]).orElseThrow();
            all.add(Document.builder()
                    .id(fields[0]) // so that the next start replaces it
                    .media(new Media(type, image.toAbsolutePath().toUri()))
                    .metadata(Map.of("brand", fields[1], "price", Double.valueOf(fields[2])))
                    .build());
        }
        store.add(all);
    }

    @GetMapping("/search")
    List<Found> byWords(@RequestParam String words, @RequestParam(defaultValue = "1e9") double below) {
        requireProducts();
        return found(store.similaritySearch(request(below).query(words).build()));
    }

    @PostMapping("/search")
    List<Found> byPicture(
            @RequestBody byte[] picture,
            @RequestHeader("Content-Type") MimeType type,
            @RequestParam(defaultValue = "1e9") double below) {
        requireProducts();
        Media media = new Media(type, new ByteArrayResource(picture));
        return found(store.similaritySearch(media, request(below).build()));
    }

    /** The store says what is wrong with a picture that it cannot read. */
    @ExceptionHandler(IllegalArgumentException.class)
    ProblemDetail wrong(IllegalArgumentException picture) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, picture.getMessage());
    }

    /** Nothing found would be a wrong answer while products are being added. */
    private void requireProducts() {
        if (state.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC) {
            throw new ResponseStatusException(
                    HttpStatus.SERVICE_UNAVAILABLE, "the products are being added; try again in some seconds");
        }
    }

    private static SearchRequest.Builder request(double below) {
        var cheaper = new FilterExpressionBuilder().lt("price", below).build();
        return SearchRequest.builder().topK(3).filterExpression(cheaper);
    }

    private static List<Found> found(List<Document> documents) {
        return documents.stream()
                .map(one -> new Found(
                        one.getId(),
                        one.getMetadata().get("brand"),
                        one.getMetadata().get("price"),
                        one.getScore()))
                .toList();
    }
}
