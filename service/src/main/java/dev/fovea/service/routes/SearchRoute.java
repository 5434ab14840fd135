package dev.fovea.service.routes;

import dev.fovea.models.image.PictureInput;
import dev.fovea.search.PhotoQuery;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.routes.RouteAnswers.FoundPhoto;
import dev.fovea.service.routes.RouteAnswers.SearchAnswer;
import dev.fovea.service.routes.RouteRequests.SearchRequest;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.ServedIndexes;
import dev.fovea.service.served.ServedIndexes.ServedIndex;
import java.util.List;

/** Answers {@code POST /search}. */
public final class SearchRoute {

    private static final int USUAL = 10;

    private final ServedIndexes indexes;
    private final PictureSource pictures;
    private final ServiceLimits limits;

    /** Makes the route. */
    public SearchRoute(ServedIndexes indexes, PictureSource pictures, ServiceLimits limits) {
        this.indexes = indexes;
        this.pictures = pictures;
        this.limits = limits;
    }

    /** Returns the route. */
    public List<Route> routes() {
        return List.of(Route.form(
                "/search",
                "Finds the pictures of an index that fit words or a picture best.",
                SearchRequest.class,
                SearchAnswer.class,
                this::search));
    }

    private Object search(SearchRequest request, Call call) {
        ServedIndex index = indexes.find(request.index());
        PhotoQuery query = query(request, index, call);
        Lane lane = request.image() == null ? Lane.TEXTS : Lane.PICTURES;
        int top = request.top() == null ? USUAL : request.top();
        return new SearchAnswer(
                index.name(),
                index.model().name(),
                index.search(query, lane, top, call.deadline()).stream()
                        .map(hit -> new FoundPhoto(hit.file().toString(), hit.score(), hit.fields()))
                        .toList());
    }

    private PhotoQuery query(SearchRequest request, ServedIndex index, Call call) {
        if (request.text() == null && request.image() == null) {
            throw HttpFailure.badRequest("text", "there is nothing to look for; send text, image or both");
        }
        if (request.text() != null) {
            limits.requireWords(request.text(), "text", "say what the pictures show");
            index.model().requireTexts("text");
        }
        if (request.not() != null && !request.not().isEmpty()) {
            limits.requireShort(ServiceLimits.length(request.not()), "not");
            for (int i = 0; i < request.not().size(); i++) {
                limits.requireWords(request.not().get(i), "not[" + i + "]", "say what the pictures do not show");
            }
            index.model().requireTexts("not");
        }
        PhotoQuery query = request.text() == null ? null : PhotoQuery.of(request.text());
        if (request.image() != null) {
            PictureInput picture = pictures.prepare(
                    request.image(),
                    "image",
                    index.model().clip(call.deadline()).preprocessing(),
                    call.deadline());
            query = query == null ? PhotoQuery.of(picture) : query.and(picture, 1);
        }
        for (String text : request.not() == null ? List.<String>of() : request.not()) {
            query = query.without(text);
        }
        return request.where() == null ? query : query.where(request.where());
    }
}
