package dev.fovea.service.routes;

import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers with the OpenAPI document, and with a page to try the service. */
public final class DocumentRoutes {

    private static final String HTML = "text/html; charset=utf-8";

    private final Object document;
    private final String page;

    /**
     * Makes the routes.
     *
     * @param document the OpenAPI document
     */
    public DocumentRoutes(Object document) {
        this.document = document;
        try (InputStream stream = DocumentRoutes.class.getResourceAsStream("try.html")) {
            page = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the routes; they say nothing about models, so they need no key. */
    public List<Route> routes() {
        return List.of(
                Route.get("/openapi.json", "Describes all routes (OpenAPI 3.1).", true, null, call -> document),
                Route.text("/", "A page to try the service.", true, HTML, this::page));
    }

    private void page(Call call) {
        call.policy("default-src 'none'; connect-src 'self'; img-src data: blob:; style-src 'unsafe-inline';"
                + " script-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
        call.text(HTML, page);
    }
}
