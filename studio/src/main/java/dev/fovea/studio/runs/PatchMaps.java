package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.inside.Contributions;
import dev.fovea.studio.inside.GradEclip;
import dev.fovea.studio.inside.LastLayerRelevance;
import dev.fovea.studio.inside.MaskClip;
import dev.fovea.studio.inside.PatchTokens;
import dev.fovea.studio.inside.PicturePass;
import dev.fovea.studio.inside.Rollout;
import dev.fovea.studio.inside.TowerPass;
import dev.fovea.studio.web.PageCall;
import java.util.Arrays;

/** Makes the maps of a run: a number for each patch, by one of the methods. */
final class PatchMaps {

    private PatchMaps() {}

    /** Returns a map that depends on the label at most. */
    static float[] of(ClipRun run, String method, int label) {
        PicturePass pass = run.inside();
        int last = pass.tower().layers() - 1;
        return switch (method) {
            case "attention" -> patches(pass.tower().meanAttention(last, 0));
            case "rollout" -> Rollout.map(pass);
            case "maskclip" -> MaskClip.map(pass, run.embedding(label));
            case "grad-eclip" -> GradEclip.map(pass, run.embedding(label));
            case "chefer" -> LastLayerRelevance.map(pass, run.embedding(label));
            case "contributions" -> Contributions.of(pass, run.embedding(label)).map();
            case "norms" -> norms(pass, last);
            case "occlusion" -> occlusion(run, label);
            default ->
                throw HttpFailure.badRequest(
                        "map",
                        "there is no map " + RecordJson.shown(method) + "; expected attention, rollout, maskclip,"
                                + " grad-eclip, chefer, contributions, similarity, norms or occlusion");
        };
    }

    /** Returns a map by all that a request says. */
    static float[] of(ClipRun run, String method, PageCall call) {
        PicturePass pass = run.inside();
        TowerPass tower = pass.tower();
        int label = call.number("label", 0, 49);
        int last = tower.layers() - 1;
        int layer = call.number("layer", last, tower.layers());
        switch (method) {
            case "attention" -> {
                int query = call.number("query", 0, tower.tokens() - 1);
                requireLayer(layer, last);
                return call.text("head", "mean").equals("mean")
                        ? patches(tower.meanAttention(layer, query))
                        : patches(tower.attention(layer, call.number("head", 0, tower.heads() - 1), query));
            }
            case "contributions" -> {
                Contributions all = Contributions.of(pass, run.embedding(label));
                if (!call.has("head")) {
                    return all.map();
                }
                requireLayer(layer, last);
                return all.map(layer, call.number("head", 0, tower.heads() - 1));
            }
            case "similarity" -> {
                int query = call.number("query", 1, tower.tokens() - 1);
                return PatchTokens.similarity(pass, call.number("layer", last, last), Math.max(0, query - 1));
            }
            case "norms" -> {
                return norms(pass, call.number("layer", last, last));
            }
            default -> {
                return of(run, method, label);
            }
        }
    }

    private static void requireLayer(int layer, int last) {
        if (layer > last) {
            throw HttpFailure.badRequest("layer", "layer is " + layer + "; expected 0 to " + last);
        }
    }

    private static float[] norms(PicturePass pass, int layer) {
        float[] all = PatchTokens.norms(pass.tower());
        int from = layer * pass.tower().tokens() + 1;
        return Arrays.copyOfRange(all, from, from + pass.patches());
    }

    private static float[] occlusion(ClipRun run, int label) {
        float[] map = run.occlusions().get(label);
        if (map == null) {
            throw HttpFailure.notFound(
                    "label", "no_run", "this label was not covered yet; start a run of the kind occlusion first");
        }
        return map;
    }

    private static float[] patches(float[] tokens) {
        return Arrays.copyOfRange(tokens, 1, tokens.length);
    }
}
