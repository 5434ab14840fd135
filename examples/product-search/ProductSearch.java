import dev.fovea.models.clip.Clip;
import dev.fovea.search.IndexListener;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import dev.fovea.search.SideFields;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Searches the pictures of a shop by words, and shows the facets to narrow the result down: {@code ProductSearch SHOP
 * PRODUCTS.csv QUERY [CONDITION]}.
 */
public final class ProductSearch {

    /** Products on a page. */
    private static final int PAGE = 5;

    /** Products that the facets are counted over. */
    private static final int LOOKED_AT = 200;

    /** Values of a facet that are shown. */
    private static final int VALUES = 5;

    private ProductSearch() {}

    /** Indexes the shop, which costs nothing the second time, and answers one query. */
    public static void main(String[] arguments) {
        if (arguments.length < 3) {
            System.err.println("usage: ProductSearch SHOP PRODUCTS.csv QUERY [CONDITION]");
            System.exit(2);
        }
        Path shop = Path.of(arguments[0]);
        String condition = arguments.length > 3 ? arguments[3] : "";
        // For photographs use "openai/clip-vit-base-patch32" or its like.
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex index = PhotoIndex.open(shop.resolveSibling(shop.getFileName() + ".index"), clip)) {
            index.update(List.of(shop), SideFields.read(Path.of(arguments[1])), IndexListener.NONE);
            System.out.print(page(index, arguments[2], condition));
        }
    }

    /**
     * Returns the first page of what was found, and below it how many products of each brand, colour and so on there
     * are among the best.
     */
    static String page(PhotoIndex index, String words, String condition) {
        PhotoQuery query = PhotoQuery.of(words);
        List<PhotoHit> hits = index.search(condition.isEmpty() ? query : query.where(condition), LOOKED_AT);
        StringBuilder page = new StringBuilder();
        for (PhotoHit hit : hits.subList(0, Math.min(PAGE, hits.size()))) {
            page.append("%.3f  %s  %s%n".formatted(hit.score(), hit.file().getFileName(), describe(hit)));
        }
        facets(hits).forEach((name, values) -> page.append("%s: %s%n".formatted(name, mostFrequent(values))));
        return page.toString();
    }

    private static String describe(PhotoHit hit) {
        return hit.fields().entrySet().stream()
                .map(field -> field.getKey() + " " + String.join("/", field.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** Counts the values of each field that is a word; prices and the like would have as many values as products. */
    private static Map<String, Map<String, Integer>> facets(List<PhotoHit> hits) {
        Map<String, Map<String, Integer>> facets = new TreeMap<>();
        for (PhotoHit hit : hits) {
            hit.fields().forEach((name, values) -> values.stream()
                    .filter(value -> !value.matches("[0-9.,]+"))
                    .forEach(value -> facets.computeIfAbsent(name, key -> new TreeMap<>())
                            .merge(value, 1, Integer::sum)));
        }
        return facets;
    }

    private static String mostFrequent(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(VALUES)
                .map(value -> value.getKey() + " (" + value.getValue() + ")")
                .collect(Collectors.joining(", "));
    }
}
