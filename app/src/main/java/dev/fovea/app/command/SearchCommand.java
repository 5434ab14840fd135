package dev.fovea.app.command;

import dev.fovea.app.arguments.Region;
import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.models.image.Picture;
import dev.fovea.search.ContactSheet;
import dev.fovea.search.IndexInfo;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds the pictures of an index that fit texts and pictures best. */
@Command(
        name = "search",
        sortOptions = false,
        description = "Find the pictures of an index that fit words or a picture best.",
        footer = {
            "",
            "Conditions compare folder, name, date, year, month, day, width, height,",
            "size, latitude, longitude and the fields of index --fields, with",
            "= != < <= > >= and with and, or, not and parentheses between them.",
            "",
            "Examples:",
            "  fovea search photos.index \"a red car in the snow\"",
            "  fovea search photos.index beach sunset^0.5 --not people",
            "  fovea search photos.index dog --where \"year>=2020 and folder=trips\"",
            "  fovea search shop.index --image shoe.jpg --sheet found.html"
        })
public final class SearchCommand implements Callable<Integer> {

    private static final Pattern WEIGHTED = Pattern.compile("(.*\\S)\\^(\\d+(?:\\.\\d+)?|\\.\\d+)", Pattern.DOTALL);

    private final Session session;

    @Parameters(index = "0", paramLabel = "INDEX", description = "An index that fovea index made.")
    private Path index;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "TEXT",
            description = "What the pictures show; a number after ^ is its weight (default: 1).")
    private List<String> texts = new ArrayList<>();

    @Option(names = "--image", paramLabel = "FILE", description = "Find pictures that are like this one.")
    private Path image;

    @Option(
            names = "--region",
            paramLabel = "X1,Y1,X2,Y2",
            converter = RegionConverter.class,
            description = "The part of --image that counts, in its pixels.")
    private Region region;

    @Option(
            names = "--image-weight",
            paramLabel = "W",
            description = "The weight of --image beside texts (default: 1).")
    private double imageWeight = 1;

    @Option(names = "--not", paramLabel = "TEXT", description = "What the pictures do not show; may be repeated.")
    private List<String> without = new ArrayList<>();

    @Option(
            names = "--where",
            paramLabel = "CONDITION",
            description = "Which pictures are looked at, such as \"year>=2020 and folder=holidays\".")
    private String where;

    @Option(names = "--top", paramLabel = "N", description = "Show the N best pictures (default: 10).")
    private int top = 10;

    @Option(
            names = "--candidates",
            paramLabel = "N",
            description = "How many pictures the graph of a large index finds, of which the best are shown; more miss"
                    + " less and take longer (default: 4 for each of --top, at least 40, of a million 126).")
    private Integer candidates;

    @Option(names = "--sheet", paramLabel = "OUT.html", description = "Write the pictures that were found on a page.")
    private Path sheet;

    @Spec
    private CommandSpec spec;

    /** Reads the value of {@code --region}. */
    static final class RegionConverter implements ITypeConverter<Region> {
        @Override
        public Region convert(String text) {
            return Region.of(TextArguments.plain(text));
        }
    }

    /** Makes the command for a session that is set up while the command line is read. */
    public SearchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        check();
        try (PhotoIndex there = IndexAccess.open(index)) {
            IndexInfo info = IndexAccess.requirePictures(index, there);
            ModelSource source = IndexAccess.model(session, info);
            PhotoQuery query = query();
            try (PhotoIndex photos = IndexAccess.open(index, source)) {
                List<PhotoHit> hits = photos.search(query, top);
                if (sheet != null) {
                    ContactSheet.write(sheet, title(), hits);
                }
                print(source, hits);
            }
        }
        return Exit.DONE;
    }

    private void check() {
        TextArguments.check(spec, texts, "text", "give a picture with --image");
        if (texts.isEmpty() && image == null) {
            throw wrong("search needs a TEXT or an --image FILE to look for"
                    + (without.isEmpty() ? "" : "; --not only takes something away from it"));
        }
        if (region != null && image == null) {
            throw wrong("--region is about the picture of --image; give both, or leave it out");
        }
        if (where != null && where.isBlank()) {
            throw wrong("--where has no condition; leave it out to look at all pictures");
        }
        if (top < 1) {
            throw wrong("--top must be 1 or more, found " + top);
        }
        if (candidates != null && candidates < 1) {
            throw wrong("--candidates must be 1 or more, found " + candidates);
        }
        if (!(imageWeight > 0) || Double.isInfinite(imageWeight)) {
            throw wrong("--image-weight must be larger than 0, found " + imageWeight);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private PhotoQuery query() {
        PhotoQuery query = null;
        for (String text : texts) {
            Matcher weighted = WEIGHTED.matcher(text);
            String words = weighted.matches() ? weighted.group(1) : text;
            double weight = weighted.matches() ? Double.parseDouble(weighted.group(2)) : 1;
            query = query == null ? PhotoQuery.of(words, weight) : query.and(words, weight);
        }
        if (image != null) {
            Picture picture = Picture.read(image);
            if (region != null) {
                picture = picture.part(
                        (int) Math.floor(region.x1()),
                        (int) Math.floor(region.y1()),
                        (int) Math.ceil(region.x2()),
                        (int) Math.ceil(region.y2()));
            }
            query = query == null ? PhotoQuery.of(picture) : query.and(picture, imageWeight);
        }
        for (String text : without) {
            query = query.without(text);
        }
        if (candidates != null) {
            query = query.candidates(candidates);
        }
        return where == null ? query : query.where(where);
    }

    /** Returns the heading of the page. */
    private String title() {
        List<String> parts = new ArrayList<>(texts);
        if (image != null) {
            parts.add(image.toString());
        }
        without.forEach(text -> parts.add("not " + text));
        return String.join(", ", parts) + (where == null ? "" : " (" + where + ")");
    }

    private void print(ModelSource source, List<PhotoHit> hits) {
        if (!session.json()) {
            StringBuilder lines = new StringBuilder();
            for (PhotoHit hit : hits) {
                lines.append(String.format(Locale.ROOT, "%7.4f  ", hit.score()))
                        .append(session.console().style().value(hit.file()))
                        .append('\n');
            }
            session.console().print(lines.toString());
            return;
        }
        session.console().print(json -> {
            json.writeStringField("index", index.toString());
            source.write(json);
            json.writeArrayFieldStart("results");
            for (PhotoHit hit : hits) {
                json.writeStartObject();
                json.writeStringField("image", hit.file().toString());
                json.writeNumberField("score", hit.score());
                if (!hit.fields().isEmpty()) {
                    json.writeObjectFieldStart("fields");
                    for (var field : hit.fields().entrySet()) {
                        json.writeArrayFieldStart(field.getKey());
                        for (String value : field.getValue()) {
                            json.writeString(value);
                        }
                        json.writeEndArray();
                    }
                    json.writeEndObject();
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
