package dev.fovea.service.http;

import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Something that can be asked.
 *
 * @param method {@code GET} or {@code POST}
 * @param path as in the OpenAPI document; one that ends with {@code /{name}} takes any rest of a path
 * @param summary a sentence for the OpenAPI document
 * @param open whether it needs no key
 * @param request the record of the request, or null
 * @param answer the record of the answer, or null where it is no JSON
 * @param type of an answer that is no JSON, or of another one than the record, or null
 * @param form whether the request may be a form with files instead of JSON
 * @param action answers
 */
public record Route(
        String method,
        String path,
        String summary,
        boolean open,
        Class<?> request,
        Class<?> answer,
        String type,
        boolean form,
        Action action) {

    /** Answers a call. */
    @FunctionalInterface
    public interface Action {
        /**
         * Computes an answer.
         *
         * @param request what was asked, or null for a route without a request
         * @return a record, or null if the call was answered already
         */
        Object answer(Object request, Call call);
    }

    /** Makes a route that takes JSON. */
    public static <Q> Route post(
            String path, String summary, Class<Q> request, Class<?> answer, BiFunction<Q, Call, Object> action) {
        return post(path, summary, request, answer, null, false, action);
    }

    /** Makes a route that takes JSON or a form with a picture. */
    public static <Q> Route form(
            String path, String summary, Class<Q> request, Class<?> answer, BiFunction<Q, Call, Object> action) {
        return post(path, summary, request, answer, null, true, action);
    }

    /** Makes a route that takes JSON and may answer with events. */
    public static <Q> Route events(
            String path, String summary, Class<Q> request, Class<?> answer, BiFunction<Q, Call, Object> action) {
        return post(path, summary, request, answer, "text/event-stream", false, action);
    }

    private static <Q> Route post(
            String path,
            String summary,
            Class<Q> request,
            Class<?> answer,
            String type,
            boolean form,
            BiFunction<Q, Call, Object> action) {
        Action any = (asked, call) -> action.apply(request.cast(asked), call);
        return new Route("POST", path, summary, false, request, answer, type, form, any);
    }

    /** Makes a route without a request. */
    public static Route get(String path, String summary, boolean open, Class<?> answer, Function<Call, Object> action) {
        return new Route("GET", path, summary, open, null, answer, null, false, (request, call) -> action.apply(call));
    }

    /** Makes a route that answers with a text of some type. */
    public static Route text(String path, String summary, boolean open, String type, Consumer<Call> action) {
        return new Route("GET", path, summary, open, null, null, type, false, (request, call) -> {
            action.accept(call);
            return null;
        });
    }

    /** Returns the name of the parameter at the end of the path, or an empty text. */
    public String parameter() {
        int start = path.indexOf('{');
        return start < 0 ? "" : path.substring(start + 1, path.length() - 1);
    }

    boolean matches(String asked) {
        int start = path.indexOf('{');
        return start < 0 ? asked.equals(path) : asked.startsWith(path.substring(0, start)) && asked.length() > start;
    }
}
