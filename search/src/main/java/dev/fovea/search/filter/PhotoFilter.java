package dev.fovea.search.filter;

import dev.fovea.search.filter.Condition.Comparison;
import dev.fovea.search.filter.Condition.Operator;
import dev.fovea.search.store.DateRange;
import dev.fovea.search.store.FilterFields;
import dev.fovea.tensor.FoveaException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.BytesRef;

/** Turns a condition into a query of Lucene's. */
public final class PhotoFilter {

    private final Set<String> known = new TreeSet<>();
    private final String text;

    private PhotoFilter(String text, IndexReader reader) {
        this.text = text;
        known.add(FilterFields.FOLDER);
        for (FieldInfo field : FieldInfos.getMergedFieldInfos(reader)) {
            String name = FilterFields.name(field.name);
            if (name != null) {
                known.add(name);
            }
        }
    }

    /**
     * Reads a condition.
     *
     * @throws FoveaException if it cannot be read, or names a field that no picture of the index has
     */
    public static Query parse(String text, IndexReader reader) {
        return new PhotoFilter(text, reader).query(ConditionParser.parse(text));
    }

    private Query query(Condition condition) {
        return switch (condition) {
            case Condition.All all -> together(all.parts(), Occur.FILTER);
            case Condition.Any any -> together(any.parts(), Occur.SHOULD);
            case Condition.Not not -> not(query(not.part()));
            case Comparison comparison -> comparison(comparison);
        };
    }

    private Query together(List<Condition> parts, Occur occur) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        parts.forEach(part -> all.add(query(part), occur));
        return all.build();
    }

    private static Query not(Query query) {
        return new BooleanQuery.Builder()
                .add(new MatchAllDocsQuery(), Occur.FILTER)
                .add(query, Occur.MUST_NOT)
                .build();
    }

    private Query comparison(Comparison comparison) {
        String field = comparison.field().toLowerCase(Locale.ROOT);
        if (!known.contains(field)) {
            throw new FoveaException("the condition \"" + text + "\": no picture of the index has a field "
                    + comparison.field() + "; there are " + String.join(", ", known));
        }
        if (comparison.operator() == Operator.UNEQUAL) {
            return not(comparison(
                    new Comparison(comparison.field(), Operator.EQUAL, comparison.value(), comparison.quoted())));
        }
        return switch (field) {
            case FilterFields.FOLDER -> folder(comparison);
            case FilterFields.DATE -> date(comparison);
            default -> comparison.operator() == Operator.EQUAL ? equal(field, comparison) : order(field, comparison);
        };
    }

    private Query folder(Comparison comparison) {
        if (comparison.operator() != Operator.EQUAL) {
            throw new FoveaException("the condition \"" + text + "\": folders are compared with = and !=, not with "
                    + comparison.operator());
        }
        try {
            String folder =
                    Path.of(comparison.value()).toAbsolutePath().normalize().toString();
            String separator = Path.of("").getFileSystem().getSeparator();
            return new PrefixQuery(
                    new Term(FilterFields.PATH, folder.endsWith(separator) ? folder : folder + separator));
        } catch (InvalidPathException e) {
            throw new FoveaException("the condition \"" + text + "\": " + comparison.value() + " is no folder", e);
        }
    }

    private Query date(Comparison comparison) {
        DateRange range = DateRange.parse(comparison.value())
                .orElseThrow(() -> new FoveaException("the condition \"" + text + "\": " + comparison.value()
                        + " is no date; write 2020, 2020-05, 2020-05-17 or 2020-05-17T12:30"));
        double from = range.from().toEpochSecond(ZoneOffset.UTC);
        double to = range.to().toEpochSecond(ZoneOffset.UTC);
        String field = FilterFields.number(FilterFields.DATE);
        return switch (comparison.operator()) {
            case LESS -> below(field, from);
            case AT_MOST -> below(field, to);
            case GREATER -> DoublePoint.newRangeQuery(field, to, Double.POSITIVE_INFINITY);
            case AT_LEAST -> DoublePoint.newRangeQuery(field, from, Double.POSITIVE_INFINITY);
            default -> DoublePoint.newRangeQuery(field, from, Math.nextDown(to));
        };
    }

    private static Query below(String field, double limit) {
        return DoublePoint.newRangeQuery(field, Double.NEGATIVE_INFINITY, Math.nextDown(limit));
    }

    private static Query equal(String field, Comparison comparison) {
        String term = FilterFields.term(comparison.value());
        Term asText = new Term(FilterFields.text(field), term);
        if (!comparison.quoted() && (term.contains("*") || term.contains("?"))) {
            return new WildcardQuery(new Term(asText.field(), term.replace("\\", "\\\\")));
        }
        OptionalDouble number = FilterFields.parse(comparison.value());
        if (number.isEmpty()) {
            return new TermQuery(asText);
        }
        return new BooleanQuery.Builder()
                .add(new TermQuery(asText), Occur.SHOULD)
                .add(DoublePoint.newExactQuery(FilterFields.number(field), number.getAsDouble()), Occur.SHOULD)
                .build();
    }

    /** Compares numbers as numbers and anything else as texts, by which dates written as 2020-05-17 come in order. */
    private static Query order(String field, Comparison comparison) {
        Operator operator = comparison.operator();
        boolean lower = operator == Operator.GREATER || operator == Operator.AT_LEAST;
        boolean included = operator == Operator.AT_MOST || operator == Operator.AT_LEAST;
        OptionalDouble parsed = FilterFields.parse(comparison.value());
        if (parsed.isPresent()) {
            double number = parsed.getAsDouble();
            return lower
                    ? DoublePoint.newRangeQuery(
                            FilterFields.number(field),
                            included ? number : Math.nextUp(number),
                            Double.POSITIVE_INFINITY)
                    : DoublePoint.newRangeQuery(
                            FilterFields.number(field),
                            Double.NEGATIVE_INFINITY,
                            included ? number : Math.nextDown(number));
        }
        BytesRef term = new BytesRef(FilterFields.term(comparison.value()));
        return lower
                ? new TermRangeQuery(FilterFields.text(field), term, null, included, true)
                : new TermRangeQuery(FilterFields.text(field), null, term, true, included);
    }
}
