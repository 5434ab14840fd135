package dev.fovea.studio.figures;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/** Lists the figures, and shows the source and the documentation behind them. */
public final class FigureRoutes {

    private JarSources sources;

    /** Returns the routes. */
    public List<PageRoute> routes() {
        return List.of(
                PageRoute.get("/api/figures", call -> call.json(figures())),
                PageRoute.get("/api/source", this::source),
                PageRoute.get("/api/doc", this::doc));
    }

    /** The figures of {@code figures.json}. */
    record FigureList(List<StudioFigure> figures) {}

    static List<StudioFigure> figures() {
        try (InputStream stream = FigureRoutes.class.getResourceAsStream("/dev/fovea/studio/figures.json")) {
            return RecordJson.read(stream.readAllBytes(), FigureList.class).figures();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lists what the jar carries when it is first asked for, which takes a moment. */
    private synchronized JarSources sources() {
        if (sources == null) {
            sources = new JarSources();
        }
        return sources;
    }

    /** A member of a class, for the page. */
    record SourceAnswer(String at, String file, int from, int to, List<String> lines) {}

    private void source(PageCall call) {
        call.json(source(call.text("at")));
    }

    SourceAnswer source(String at) {
        int dot = at.indexOf('.');
        String className = dot < 0 ? at : at.substring(0, dot);
        String member = dot < 0 ? className : at.substring(dot + 1);
        if (!member.matches("\\w+")) {
            throw absent(at);
        }
        String file = sources().fileOf(className).orElseThrow(() -> absent(at));
        List<String> lines = sources().lines(file).orElseThrow();
        SourceMember found = SourceMember.find(lines, className, member).orElseThrow(() -> absent(at));
        return new SourceAnswer(at, file, found.from(), found.to(), found.lines());
    }

    private static HttpFailure absent(String at) {
        return HttpFailure.notFound(
                "at", "unknown_url", "there is no " + RecordJson.shown(at) + " among the studio's sources and pages");
    }

    /** A section of a page of documentation, for the page. */
    record DocAnswer(String at, String title, String markdown) {}

    private void doc(PageCall call) {
        call.json(doc(call.text("at")));
    }

    DocAnswer doc(String at) {
        int hash = at.indexOf('#');
        String page = hash < 0 ? at : at.substring(0, hash);
        String anchor = hash < 0 ? "" : at.substring(hash + 1);
        List<String> lines = sources().lines("docs/" + page).orElseThrow(() -> absent(at));
        int from = -1;
        int level = 1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.matches("#+ .*") && (anchor.isEmpty() || slug(line).equals(anchor))) {
                from = i;
                level = line.indexOf(' ');
                break;
            }
        }
        if (from < 0) {
            throw absent(at);
        }
        int to = from + 1;
        while (to < lines.size()
                && !(lines.get(to).matches("#+ .*") && lines.get(to).indexOf(' ') <= level)) {
            to++;
        }
        String title = lines.get(from).substring(level + 1);
        return new DocAnswer(
                at, title, String.join("\n", lines.subList(from + 1, to)).strip());
    }

    /** Returns the anchor of a heading. */
    private static String slug(String heading) {
        return heading.replaceFirst("^#+ ", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }
}
