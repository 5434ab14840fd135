package dev.fovea.search.documents;

import dev.fovea.search.documents.DocumentFilter.Order;
import dev.fovea.tensor.FoveaException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.BytesRef;

/**
 * Says how metadata stand in Lucene. Each value is stored with its type, and indexed so that filters find it: texts and
 * UUIDs as terms, truth values as terms of a field of their own, whole numbers and floating-point numbers as points of
 * two fields, so that no digit of either is lost.
 */
final class MetadataFields {

    /** The term of each key that a document has. */
    private static final String KEYS = "keys";

    private static final String TEXT = "text:";
    private static final String TRUTH = "truth:";
    private static final String WHOLE = "whole:";
    private static final String FLOATING = "floating:";

    /** What is stored of a key: the kind of value, L for an element of a list, and the key. */
    private static final String STORED = "stored:";

    private static final char LIST = 'L';

    /** Lucene's limit of a term in bytes. */
    private static final int LONGEST = 32_766;

    private static final BigDecimal LEAST = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

    private MetadataFields() {}

    /** Adds the metadata of a document. */
    static void add(Document document, Map<String, Object> metadata) {
        metadata.forEach((key, value) -> {
            document.add(new StringField(KEYS, key, Field.Store.NO));
            if (value instanceof List<?> list) {
                document.add(new StoredField(STORED + LIST + "-" + key, ""));
                list.forEach(element -> add(document, key, element, LIST));
            } else {
                add(document, key, value, '1');
            }
        });
    }

    private static void add(Document document, String key, Object value, char form) {
        switch (value) {
            case Boolean truth -> {
                document.add(new StringField(TRUTH + key, truth.toString(), Field.Store.NO));
                document.add(new StoredField(STORED + form + "b" + key, truth.toString()));
            }
            case Integer number -> {
                document.add(new LongPoint(WHOLE + key, number));
                document.add(new StoredField(STORED + form + "i" + key, number));
            }
            case Long number -> {
                document.add(new LongPoint(WHOLE + key, number));
                document.add(new StoredField(STORED + form + "l" + key, number));
            }
            case Float number -> {
                document.add(new DoublePoint(FLOATING + key, number));
                document.add(new StoredField(STORED + form + "f" + key, number));
            }
            case Double number -> {
                document.add(new DoublePoint(FLOATING + key, number));
                document.add(new StoredField(STORED + form + "d" + key, number));
            }
            case UUID id -> {
                document.add(new StringField(TEXT + key, id.toString(), Field.Store.NO));
                document.add(new StoredField(STORED + form + "u" + key, id.toString()));
            }
            default -> {
                String text = value.toString();
                if (text.length() > LONGEST / 4 && text.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
                    throw new FoveaException("the metadata " + key + " has " + text.length() + " characters, at most "
                            + LONGEST + " bytes are kept; put long texts into the document");
                }
                document.add(new StringField(TEXT + key, text, Field.Store.NO));
                document.add(new StoredField(STORED + form + "t" + key, text));
            }
        }
    }

    /** Reads the metadata of a document. */
    static Map<String, Object> read(Document document) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (IndexableField field : document.getFields()) {
            if (!field.name().startsWith(STORED)) {
                continue;
            }
            char form = field.name().charAt(STORED.length());
            char kind = field.name().charAt(STORED.length() + 1);
            String key = field.name().substring(STORED.length() + 2);
            if (kind == '-') {
                metadata.put(key, new ArrayList<>());
            } else if (form == LIST) {
                @SuppressWarnings("unchecked") // put there by the line above
                List<Object> list = (List<Object>) metadata.get(key);
                list.add(value(field, kind));
            } else {
                metadata.put(key, value(field, kind));
            }
        }
        return metadata;
    }

    private static Object value(IndexableField field, char kind) {
        return switch (kind) {
            case 'b' -> Boolean.valueOf(field.stringValue());
            case 'i' -> field.numericValue().intValue();
            case 'l' -> field.numericValue().longValue();
            case 'f' -> field.numericValue().floatValue();
            case 'd' -> field.numericValue().doubleValue();
            case 'u' -> UUID.fromString(field.stringValue());
            default -> field.stringValue();
        };
    }

    /**
     * Turns a filter into a query of Lucene's.
     *
     * @throws FoveaException if a value cannot be compared
     */
    static Query query(DocumentFilter filter) {
        return switch (filter) {
            case DocumentFilter.All all -> together(all.parts(), Occur.FILTER);
            case DocumentFilter.Any any -> together(any.parts(), Occur.SHOULD);
            case DocumentFilter.Not not ->
                new BooleanQuery.Builder()
                        .add(new MatchAllDocsQuery(), Occur.FILTER)
                        .add(query(not.part()), Occur.MUST_NOT)
                        .build();
            case DocumentFilter.Exists exists -> new TermQuery(new Term(KEYS, exists.key()));
            case DocumentFilter.Contains contains ->
                new WildcardQuery(
                        new Term(TEXT + contains.key(), "*" + contains.part().replaceAll("[\\\\*?]", "\\\\$0") + "*"));
            case DocumentFilter.In in -> in(in.key(), in.values());
            case DocumentFilter.Compare compare -> compare(compare.key(), compare.order(), compare.value());
        };
    }

    private static Query together(List<DocumentFilter> parts, Occur occur) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        parts.forEach(part -> all.add(query(part), occur));
        return all.build();
    }

    private static Query in(String key, Collection<?> values) {
        List<BytesRef> texts = new ArrayList<>();
        List<Query> others = new ArrayList<>();
        for (Object value : values) {
            if (value instanceof String || value instanceof UUID) {
                texts.add(new BytesRef(value.toString()));
            } else {
                others.add(compare(key, Order.EQUAL, value));
            }
        }
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        if (!texts.isEmpty()) {
            any.add(new TermInSetQuery(TEXT + key, texts), Occur.SHOULD);
        }
        others.forEach(other -> any.add(other, Occur.SHOULD));
        return any.build();
    }

    private static Query compare(String key, Order order, Object value) {
        return switch (value) {
            case Boolean truth when order == Order.EQUAL -> new TermQuery(new Term(TRUTH + key, truth.toString()));
            case Number number -> numbers(key, order, number);
            case String text -> texts(key, order, text);
            case UUID id -> texts(key, order, id.toString());
            case null, default ->
                throw new FoveaException("the filter compares " + key + " with "
                        + (value == null ? "null" : "a " + value.getClass().getName()) + " by " + order
                        + "; expected a text, a number or a UUID, or a truth value that is equal");
        };
    }

    private static Query texts(String key, Order order, String text) {
        BytesRef term = new BytesRef(text);
        return switch (order) {
            case EQUAL -> new TermQuery(new Term(TEXT + key, text));
            case LESS -> new TermRangeQuery(TEXT + key, null, term, true, false);
            case AT_MOST -> new TermRangeQuery(TEXT + key, null, term, true, true);
            case GREATER -> new TermRangeQuery(TEXT + key, term, null, false, true);
            case AT_LEAST -> new TermRangeQuery(TEXT + key, term, null, true, true);
        };
    }

    private static Query numbers(String key, Order order, Number number) {
        if (number instanceof Float || number instanceof Double) {
            double value = number.doubleValue();
            if (Double.isNaN(value) || Double.isInfinite(value)) {
                return either(wholeBeyond(key, order, value), floating(key, order, value));
            }
        }
        BigDecimal exact = exact(key, number);
        return either(whole(key, order, exact), floating(key, order, exact));
    }

    private static BigDecimal exact(String key, Number number) {
        return switch (number) {
            case Float value -> new BigDecimal(value.doubleValue());
            case Double value -> new BigDecimal(value);
            default -> {
                try {
                    yield new BigDecimal(number.toString());
                } catch (NumberFormatException odd) {
                    throw new FoveaException("the filter compares " + key + " with " + number
                            + ", which is no number that can be read; expected an int, long, float or double");
                }
            }
        };
    }

    private static Query either(Query first, Query second) {
        return new BooleanQuery.Builder()
                .add(first, Occur.SHOULD)
                .add(second, Occur.SHOULD)
                .build();
    }

    /** Compares whole numbers with infinity or with what is no number. */
    private static Query wholeBeyond(String key, Order order, double value) {
        boolean below = order == Order.LESS || order == Order.AT_MOST;
        boolean all = order != Order.EQUAL && value == (below ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY);
        return all
                ? LongPoint.newRangeQuery(WHOLE + key, Long.MIN_VALUE, Long.MAX_VALUE)
                : new MatchNoDocsQuery("no whole number");
    }

    private static Query whole(String key, Order order, BigDecimal value) {
        BigDecimal floor = value.setScale(0, RoundingMode.FLOOR);
        BigDecimal ceiling = value.setScale(0, RoundingMode.CEILING);
        boolean isWhole = floor.equals(ceiling);
        return switch (order) {
            case EQUAL -> isWhole ? whole(key, floor, floor) : new MatchNoDocsQuery("no whole number");
            case LESS -> whole(key, LEAST, isWhole ? floor.subtract(BigDecimal.ONE) : floor);
            case AT_MOST -> whole(key, LEAST, floor);
            case GREATER -> whole(key, isWhole ? ceiling.add(BigDecimal.ONE) : ceiling, LARGEST);
            case AT_LEAST -> whole(key, ceiling, LARGEST);
        };
    }

    private static Query whole(String key, BigDecimal from, BigDecimal to) {
        BigDecimal first = from.max(LEAST);
        BigDecimal last = to.min(LARGEST);
        return first.compareTo(last) > 0
                ? new MatchNoDocsQuery("no whole number")
                : LongPoint.newRangeQuery(WHOLE + key, first.longValueExact(), last.longValueExact());
    }

    /** Compares floating-point numbers with a number that may have more digits than they. */
    private static Query floating(String key, Order order, BigDecimal value) {
        double nearest = value.doubleValue();
        int side = Double.isInfinite(nearest) ? (nearest > 0 ? 1 : -1) : new BigDecimal(nearest).compareTo(value);
        if (side == 0) {
            return floating(key, order, nearest);
        }
        return switch (order) {
            case EQUAL -> new MatchNoDocsQuery("no such double");
            case LESS, AT_MOST -> floating(key, side < 0 ? Order.AT_MOST : Order.LESS, nearest);
            case GREATER, AT_LEAST -> floating(key, side > 0 ? Order.AT_LEAST : Order.GREATER, nearest);
        };
    }

    private static Query floating(String key, Order order, double value) {
        String field = FLOATING + key;
        if (Double.isNaN(value)) {
            return order == Order.EQUAL ? DoublePoint.newExactQuery(field, value) : new MatchNoDocsQuery("no number");
        }
        if (order == Order.LESS && value == Double.NEGATIVE_INFINITY
                || order == Order.GREATER && value == Double.POSITIVE_INFINITY) {
            return new MatchNoDocsQuery("nothing beyond infinity");
        }
        double zeroless = value + 0.0; // -0.0 is 0.0, which Lucene takes for another number
        double least = value == 0 ? -0.0 : zeroless;
        return switch (order) {
            case EQUAL -> DoublePoint.newRangeQuery(field, least, zeroless);
            case LESS -> DoublePoint.newRangeQuery(field, Double.NEGATIVE_INFINITY, DoublePoint.nextDown(least));
            case AT_MOST -> DoublePoint.newRangeQuery(field, Double.NEGATIVE_INFINITY, zeroless);
            case GREATER -> DoublePoint.newRangeQuery(field, DoublePoint.nextUp(zeroless), Double.POSITIVE_INFINITY);
            case AT_LEAST -> DoublePoint.newRangeQuery(field, least, Double.POSITIVE_INFINITY);
        };
    }
}
