package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;

/**
 * Puts a hub's refusal into one line.
 *
 * @param model that was asked for
 * @param path of the file, or an empty text for the repository
 */
record Refusal(ModelName model, String path) {

    /** Returns what was asked for, as messages call it. */
    String what() {
        return path.isEmpty() ? model.toString() : model + ", " + path;
    }

    /**
     * Makes the error that tells a user about a refusal.
     *
     * @param status of the answer
     * @param code the header X-Error-Code, or an empty text
     */
    FoveaException of(int status, String code, HubClient client) {
        return new ModelException(what() + ": " + reason(status, code, client));
    }

    private String reason(int status, String code, HubClient client) {
        String page = client.endpoint() + "/" + model.repository();
        String token = client.withholdsToken()
                ? "name the hub with https:, since a token is not sent in clear"
                : client.hasToken()
                        ? "check that the token may read it"
                        : "set HF_TOKEN to a token that may read it, or run hf auth login";
        if (code.equals("GatedRepo")) {
            return "is gated; accept its terms at " + page + " and " + token;
        }
        if (code.equals("RevisionNotFound")) {
            return "no such revision at " + page + "; name a branch, a tag or a commit";
        }
        if (code.equals("EntryNotFound")) {
            return "is not there any more at " + page + "; run the command again";
        }
        return switch (status) {
            case 401 ->
                (client.hasToken() ? "the hub does not take the token, or has no" : "no") + " such repository at "
                        + page + ", or a private or gated one; check the name, and " + token;
            case 403 -> "may not be read; ask for access at " + page + " and " + token;
            case 404 -> "not found at " + page + "; check the name and the hub's address";
            case 416 -> "is shorter than the hub says; run the command again later";
            default -> "the hub answers with status " + status + "; check the name and the hub's address, or try later";
        };
    }
}
