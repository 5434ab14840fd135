package dev.fovea.studio.runs;

import dev.fovea.models.Detection;
import dev.fovea.models.Match;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.LocationGrid;
import dev.fovea.models.florence.SeenPicture;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.DecodedPicture;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.inside.GenerationTrace;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.runs.WrittenRun.FoundPlace;
import dev.fovea.studio.web.PageEvents;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Lets models write about a picture: captions, answers, places; and compare it with texts. */
final class WritingRuns {

    private static final int SHOWN_TOKENS = 2000;

    private final StudioPictures pictures;
    private final RunStore store;

    WritingRuns(StudioPictures pictures, RunStore store) {
        this.pictures = pictures;
        this.store = store;
    }

    /** What a model gave back. */
    private record Written(String text, Generation generation, FlorenceResult result) {}

    WrittenRun write(StudioModel model, RunRequest request, PageEvents events) {
        return model.isFlorence()
                ? florence(model, request, events)
                : request.kind().equals("ask") ? answer(model, request, events) : caption(model, request, events);
    }

    private static GenerationOptions options(GenerationOptions defaults, RunRequest request) {
        return defaults.with(change -> {
            if (request.beams() != null) {
                change.beams(request.beams());
            }
            if (request.maxNewTokens() != null) {
                change.maxNewTokens(request.maxNewTokens());
            }
        });
    }

    /** Tells the page of every token of the best sequence; a page that is gone ends the work. */
    private static GenerationTrace trace(PageEvents events, Function<int[], String> text) {
        return new GenerationTrace((picture, live, finished) -> {
            int[] best = (live.isEmpty() ? finished : live).getFirst().tokens();
            if (best.length <= SHOWN_TOKENS) {
                events.send("token", Map.of("text", text.apply(best), "tokens", best));
            }
            return true;
        });
    }

    private static String required(String value, String param) {
        if (value == null || value.isBlank()) {
            throw HttpFailure.badRequest(param, param + " is missing or empty; write what is asked for");
        }
        return value;
    }

    // ---- BLIP ----

    private WrittenRun caption(StudioModel model, RunRequest request, PageEvents events) {
        long start = System.nanoTime();
        BlipCaptioner blip = model.captioner();
        PreparedPicture picture = pictures.use(request.picture(), blip.preprocessing()::prepare);
        String words = request.prompt() == null ? "" : request.prompt().strip();
        int[] prompt = words.isEmpty() ? blip.prompt() : blip.prompt(words);
        GenerationOptions options = options(blip.defaults(), request);
        GenerationTrace trace = trace(events, blip::text);
        GeneratedText written = blip.observed(
                trace::wrap,
                () -> (words.isEmpty() ? blip : blip.withPrompt(words))
                        .captionAll(List.of(picture), new int[1], options, trace)
                        .getFirst());
        return keep(
                model,
                request,
                start,
                new Written(written.text(), written.generation(), null),
                trace,
                prompt.length,
                options.beams(),
                spelling(model.tokenizer()),
                blip::text,
                model.decodedPicture());
    }

    private WrittenRun answer(StudioModel model, RunRequest request, PageEvents events) {
        long start = System.nanoTime();
        String question = required(request.question(), "question");
        BlipAnswerer blip = model.answerer();
        PreparedPicture picture = pictures.use(request.picture(), blip.preprocessing()::prepare);
        GenerationOptions options = options(blip.defaults(), request);
        GenerationTrace trace = trace(events, blip::text);
        GeneratedText written = blip.observed(
                trace::wrap,
                () -> blip.answerAll(picture, List.of(question), options, trace).getFirst());
        // The decoder reads the question, which has read the picture: there is no map of its own.
        return keep(
                model,
                request,
                start,
                new Written(written.text(), written.generation(), null),
                trace,
                1,
                options.beams(),
                spelling(model.tokenizer()),
                blip::text,
                null);
    }

    private static IntFunction<String> spelling(Tokenizer tokenizer) {
        return id -> String.valueOf(tokenizer.tokenOf(id));
    }

    /** How well texts fit a picture, for the page. */
    record MatchResult(String kind, String model, String picture, double seconds, List<MatchedText> results) {}

    /** A text and how well it fits. */
    record MatchedText(String text, float match, float cosine) {}

    MatchResult match(StudioModel model, RunRequest request) {
        long start = System.nanoTime();
        if (request.texts() == null) {
            throw HttpFailure.badRequest("texts", "texts is missing; give one to 50");
        }
        BlipMatcher blip = model.matcher();
        PreparedPicture picture = pictures.use(request.picture(), blip.preprocessing()::prepare);
        List<Match> matches = blip.matchAll(picture, request.texts());
        return new MatchResult(
                request.kind(),
                model.name(),
                request.picture(),
                (System.nanoTime() - start) / 1e9,
                matches.stream()
                        .map(match -> new MatchedText(match.text(), match.probability(), match.cosine()))
                        .toList());
    }

    // ---- Florence-2 ----

    private WrittenRun florence(StudioModel model, RunRequest request, PageEvents events) {
        long start = System.nanoTime();
        Florence2 florence = model.florence();
        PreparedPicture picture = pictures.use(request.picture(), florence.preprocessing()::prepare);
        GenerationOptions options = options(florence.defaults(), request);
        GenerationTrace trace = trace(events, florence::text);
        Written written = florence.observed(
                trace::wrap,
                () -> request.kind().equals("ask")
                        ? ask(florence, picture, required(request.question(), "question"), options, trace)
                        : run(florence, picture, prompt(request, picture), options, trace));
        return keep(
                model,
                request,
                start,
                written,
                trace,
                1,
                options.beams(),
                id -> florence.decode(new int[] {id}),
                florence::text,
                model.decodedPicture());
    }

    private static Written ask(
            Florence2 florence,
            PreparedPicture picture,
            String question,
            GenerationOptions options,
            GenerationTrace trace) {
        SeenPicture seen = florence.see(picture);
        GeneratedText written = florence.askAll(List.of(seen), new int[1], List.of(question), options, trace)
                .getFirst();
        return new Written(written.text(), written.generation(), null);
    }

    private static Written run(
            Florence2 florence,
            PreparedPicture picture,
            FlorencePrompt prompt,
            GenerationOptions options,
            GenerationTrace trace) {
        FlorenceAnswer answer = florence.runAll(List.of(picture), new int[1], prompt, options, trace)
                .getFirst();
        String text = answer.result().text();
        return new Written(text.isEmpty() ? answer.text() : text, answer.generation(), answer.result());
    }

    private static FlorencePrompt prompt(RunRequest request, PreparedPicture picture) {
        return switch (request.kind()) {
            case "describe-region" -> region(FlorenceTask.REGION_TO_DESCRIPTION, request, picture);
            case "name-region" -> region(FlorenceTask.REGION_TO_CATEGORY, request, picture);
            case "outline-region" -> region(FlorenceTask.REGION_TO_SEGMENTATION, request, picture);
            case "read-region" -> region(FlorenceTask.REGION_TO_OCR, request, picture);
            case "detect" -> FlorencePrompt.of(FlorenceTask.OD);
            case "ocr" -> FlorencePrompt.of(FlorenceTask.OCR_WITH_REGION);
            case "describe" -> FlorencePrompt.of(FlorenceTask.MORE_DETAILED_CAPTION);
            case "ground" ->
                FlorencePrompt.of(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, required(request.text(), "text"));
            case "segment" ->
                FlorencePrompt.of(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, required(request.text(), "text"));
            default -> FlorencePrompt.of(FlorenceTask.CAPTION);
        };
    }

    private static FlorencePrompt region(FlorenceTask task, RunRequest request, PreparedPicture picture) {
        List<Integer> box = request.region();
        if (box == null) {
            throw HttpFailure.badRequest("region", "region is missing; give x1, y1, x2, y2 in pixels of the picture");
        }
        LocationGrid grid = new LocationGrid(picture.width(), picture.height());
        return FlorencePrompt.of(task, grid.region(box.get(0), box.get(1), box.get(2), box.get(3)));
    }

    private WrittenRun keep(
            StudioModel model,
            RunRequest request,
            long start,
            Written written,
            GenerationTrace trace,
            int promptLength,
            int beams,
            IntFunction<String> spell,
            Function<int[], String> decode,
            DecodedPicture cross) {
        int[] best = written.generation.best().tokens();
        WrittenTokens tokens = new WrittenTokens(trace, best, promptLength, spell, !model.isFlorence());
        FlorenceResult result = written.result;
        WrittenRun run = new WrittenRun(
                store.next(),
                request.kind(),
                model.name(),
                request.picture(),
                (System.nanoTime() - start) / 1e9,
                written.text,
                tokens.words(written.generation.best().logProbabilities()),
                tokens.list(written.generation.best().logProbabilities()),
                result == null ? List.of() : boxes(result.boxes(), tokens),
                result == null ? List.of() : quads(result.quads(), tokens),
                result == null ? List.of() : polygons(result.polygons()),
                trace.keys() == 0 ? null : cross,
                beams,
                best,
                promptLength,
                trace,
                spell,
                decode);
        store.keep(run);
        return run;
    }

    private static List<FoundPlace> boxes(List<Detection> boxes, WrittenTokens tokens) {
        List<List<Integer>> places = tokens.places(4, boxes.size());
        return IntStream.range(0, boxes.size())
                .mapToObj(i -> {
                    Detection box = boxes.get(i);
                    return new FoundPlace(
                            box.label(),
                            List.of(box.x1(), box.y1(), box.x2(), box.y2()),
                            null,
                            null,
                            score(box.score()),
                            places.get(i));
                })
                .toList();
    }

    private static List<FoundPlace> quads(List<TextLine> lines, WrittenTokens tokens) {
        List<List<Integer>> places = tokens.places(8, lines.size());
        return IntStream.range(0, lines.size())
                .mapToObj(i -> new FoundPlace(
                        lines.get(i).label(),
                        null,
                        lines.get(i).corners(),
                        null,
                        score(lines.get(i).score()),
                        places.get(i)))
                .toList();
    }

    private static List<FoundPlace> polygons(List<Outline> outlines) {
        return outlines.stream()
                .map(outline -> new FoundPlace(
                        outline.label(), null, null, outline.polygons(), score(outline.score()), List.of()))
                .toList();
    }

    private static Double score(OptionalDouble score) {
        return score.isPresent() ? score.getAsDouble() : null;
    }
}
