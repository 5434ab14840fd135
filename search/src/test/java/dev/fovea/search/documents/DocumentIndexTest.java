package dev.fovea.search.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.search.PhotoIndex;
import dev.fovea.search.documents.DocumentFilter.Compare;
import dev.fovea.search.documents.DocumentFilter.Order;
import dev.fovea.tensor.FoveaException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class DocumentIndexTest {

    @TempDir
    Path folder;

    private static IndexedDocument document(String id, Map<String, Object> metadata, float... vector) {
        return new IndexedDocument(id, vector, Optional.of("text of " + id), metadata);
    }

    private static Set<String> ids(List<FoundDocument> found) {
        return found.stream().map(one -> one.document().id()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void whatIsPutIsFoundReplacedRemovedAndThereTheNextTime() {
        UUID number = UUID.fromString("12345678-1234-1234-1234-123456789abc");
        Map<String, Object> all = Map.of(
                "t",
                "Text",
                "i",
                3,
                "l",
                4L,
                "f",
                0.5f,
                "d",
                0.25,
                "b",
                true,
                "u",
                number,
                "list",
                List.of("x", 1, "y"));
        try (DocumentIndex index = DocumentIndex.open(folder)) {
            assertEquals(List.of(), index.search(new float[] {1, 0}, 5, Optional.empty()));
            assertEquals(0, index.size());
            index.remove(List.of("nothing"));
            index.put(List.of(document("a", all, 3, 0), document("b", Map.of(), 1, 1)));
            index.put(List.of(document("b", Map.of("n", 1), 0, 2)));
            assertEquals(2, index.size());
        }
        try (DocumentIndex index = DocumentIndex.open(folder)) {
            List<FoundDocument> found = index.search(new float[] {2, 0}, 5, Optional.empty());
            assertEquals(all, found.getFirst().document().metadata());
            assertEquals(Optional.of("text of a"), found.getFirst().document().text());
            assertEquals(
                    List.of(1f, 0f), found.stream().map(FoundDocument::cosine).toList());
            assertEquals(Map.of("n", 1), found.getLast().document().metadata());
            index.remove(List.of("a", "nothing"));
            assertEquals(Set.of("b"), ids(index.search(new float[] {2, 0}, 5, Optional.empty())));
            index.removeAll();
            assertEquals(0, index.size());
            index.put(List.of(new IndexedDocument("c", new float[] {1, 0}, Optional.empty(), Map.of())));
            assertEquals(
                    Optional.empty(),
                    index.search(new float[] {2, 0}, 5, Optional.empty())
                            .getFirst()
                            .document()
                            .text());
        }
    }

    /** Compares every order of every pair of numbers with what their exact values say. */
    @Test
    void numbersAreComparedByTheirExactValues() {
        List<Number> numbers = new ArrayList<>(List.of(
                0,
                -0.0,
                0.0,
                1,
                -1,
                1.5,
                -1.5f,
                0.1,
                0.1f,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                Long.MAX_VALUE - 1,
                (double) Long.MAX_VALUE,
                9007199254740993L,
                9007199254740992.0,
                1e300,
                -1e300,
                Double.MIN_VALUE,
                -Double.MIN_VALUE,
                Double.MAX_VALUE,
                Integer.MAX_VALUE));
        Random random = new Random(1);
        for (int i = 0; i < 10; i++) {
            numbers.add(random.nextInt(4) * 0.5);
            numbers.add(random.nextInt(4));
        }
        try (DocumentIndex index = DocumentIndex.inMemory()) {
            List<IndexedDocument> documents = new ArrayList<>();
            for (int i = 0; i < numbers.size(); i++) {
                documents.add(document("" + i, Map.of("n", numbers.get(i)), 1, i));
            }
            documents.add(document("none", Map.of("n", "text"), 1, 0));
            index.put(documents);
            for (Number asked : numbers) {
                for (Order order : Order.values()) {
                    Set<String> expected = new TreeSet<>();
                    for (int i = 0; i < numbers.size(); i++) {
                        int difference = exact(numbers.get(i)).compareTo(exact(asked));
                        boolean fits = switch (order) {
                            case EQUAL -> difference == 0;
                            case LESS -> difference < 0;
                            case AT_MOST -> difference <= 0;
                            case GREATER -> difference > 0;
                            case AT_LEAST -> difference >= 0;
                        };
                        if (fits) {
                            expected.add("" + i);
                        }
                    }
                    DocumentFilter filter = new Compare("n", order, asked);
                    assertEquals(
                            expected,
                            ids(index.search(new float[] {1, 1}, 100, Optional.of(filter))),
                            () -> order + " " + asked + " (" + asked.getClass().getSimpleName() + ")");
                }
            }
        }
    }

    private static BigDecimal exact(Number number) {
        return number instanceof Integer || number instanceof Long
                ? BigDecimal.valueOf(number.longValue())
                : new BigDecimal(number.doubleValue());
    }

    @Test
    void numbersThatAreNoneAndInfinityHaveTheirPlaces() {
        try (DocumentIndex index = DocumentIndex.inMemory()) {
            index.put(List.of(
                    document("one", Map.of("n", 1), 1, 0),
                    document("nan", Map.of("n", Double.NaN), 1, 0),
                    document("inf", Map.of("n", Double.POSITIVE_INFINITY), 1, 0)));
            assertEquals(Set.of("one"), ids(search(index, Order.LESS, Double.POSITIVE_INFINITY)));
            assertEquals(Set.of("inf", "one"), ids(search(index, Order.AT_MOST, Double.POSITIVE_INFINITY)));
            assertEquals(Set.of(), ids(search(index, Order.GREATER, Double.POSITIVE_INFINITY)));
            assertEquals(Set.of("inf", "one"), ids(search(index, Order.GREATER, Double.NEGATIVE_INFINITY)));
            assertEquals(Set.of("nan"), ids(search(index, Order.EQUAL, Double.NaN)));
            assertEquals(Set.of(), ids(search(index, Order.AT_LEAST, Double.NaN)));
        }
    }

    private static List<FoundDocument> search(DocumentIndex index, Order order, Object value) {
        return index.search(new float[] {1, 0}, 10, Optional.of(new Compare("n", order, value)));
    }

    @Test
    void textsListsTruthAndOppositesAreFiltered() {
        try (DocumentIndex index = DocumentIndex.inMemory()) {
            index.put(List.of(
                    document("a", Map.of("t", "a*b?c\\d", "b", true, "list", List.of("x", 2)), 1, 0),
                    document("b", Map.of("t", "Beta", "b", false), 1, 0),
                    document("c", Map.of(), 1, 0)));
            assertEquals(Set.of("a"), filtered(index, new DocumentFilter.Contains("t", "*b?c\\")));
            assertEquals(Set.of(), filtered(index, new DocumentFilter.Contains("t", "aXb")));
            assertEquals(Set.of("b"), filtered(index, new DocumentFilter.Contains("t", "eta")));
            assertEquals(Set.of("b"), filtered(index, new Compare("t", Order.LESS, "a")), "capitals come first");
            assertEquals(Set.of("a"), filtered(index, new Compare("b", Order.EQUAL, true)));
            assertEquals(
                    Set.of("b", "c"), filtered(index, new DocumentFilter.Not(new Compare("b", Order.EQUAL, true))));
            assertEquals(Set.of("a", "b"), filtered(index, new DocumentFilter.Exists("t")));
            assertEquals(Set.of("a"), filtered(index, new DocumentFilter.In("list", List.of("y", 2L))));
            assertEquals(
                    Set.of("b"),
                    filtered(
                            index,
                            new DocumentFilter.All(List.of(
                                    new DocumentFilter.Exists("t"),
                                    new DocumentFilter.Not(new DocumentFilter.Exists("list"))))));
            assertEquals(
                    Set.of("a", "b"),
                    filtered(
                            index,
                            new DocumentFilter.Any(List.of(
                                    new Compare("t", Order.EQUAL, "Beta"), new Compare("list", Order.EQUAL, "x")))));
            index.remove(new Compare("b", Order.EQUAL, false));
            assertEquals(2, index.size());
        }
    }

    private static Set<String> filtered(DocumentIndex index, DocumentFilter filter) {
        return ids(index.search(new float[] {1, 0}, 10, Optional.of(filter)));
    }

    @Test
    void whatDoesNotFitIsRefusedAndNothingIsWritten() throws Exception {
        try (DocumentIndex index = DocumentIndex.open(folder)) {
            index.put(List.of(document("a", Map.of(), 1, 0)));
            List<IndexedDocument> longer = List.of(document("b", Map.of(), 1, 0), document("c", Map.of(), 1, 0, 0));
            assertRefused(
                    "the document c: its vector has 3 numbers, those of the index have 2", () -> index.put(longer));
            assertRefused(
                    "the document b: its vector has the length 0.0",
                    () -> index.put(List.of(document("b", Map.of(), 0, 0))));
            assertRefused(
                    "the query: its vector has 1 numbers", () -> index.search(new float[] {1}, 1, Optional.empty()));
            assertRefused(
                    "the metadata m is a java.util.Date; expected a text",
                    () -> document("b", Map.of("m", new Date(0)), 1, 0));
            assertRefused(
                    "the metadata m has 40000 characters",
                    () -> index.put(List.of(document("b", Map.of("m", "x".repeat(40_000)), 1, 0))));
            assertRefused(
                    "the filter compares n with a java.lang.Boolean by LESS", () -> search(index, Order.LESS, true));
            assertEquals(1, index.size());
            try (DocumentIndex second = DocumentIndex.open(folder)) {
                assertRefused(
                        "somebody else is writing to this index",
                        () -> second.put(List.of(document("d", Map.of(), 1, 0))));
                assertEquals(1, second.size());
            }
        }
        assertRefused("holds the documents of a vector store and no pictures", () -> PhotoIndex.open(folder));
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.writeString(other.resolve("file"), "x");
        assertRefused("holds other files and no index", () -> DocumentIndex.open(other));
    }

    private static void assertRefused(String start, Executable work) {
        String message = assertThrows(FoveaException.class, work).getMessage();
        assertTrue(message.contains(start), message);
    }
}
