package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.inside.ClipSurgery;
import dev.fovea.studio.inside.Contributions;
import dev.fovea.studio.inside.GradCam;
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
        return method.equals("occlusion") ? occlusion(run, label) : of(run, run.inside(), method, label);
    }

    /**
     * Returns a map of a pass that depends on the label at most.
     *
     * @param pass of the run's picture, by its own model or by one with shuffled weights
     */
    static float[] of(ClipRun run, PicturePass pass, String method, int label) {
        return switch (method) {
            case "attention" -> pass.ofPatches(pass.meanReading());
            case "rollout" -> Rollout.map(pass);
            case "maskclip" -> MaskClip.map(pass, run.embedding(label));
            case "surgery" -> ClipSurgery.map(pass, run.embeddings(), run.label(label), emptyText(pass));
            case "grad-eclip" -> GradEclip.map(pass, run.embedding(label));
            case "grad-cam" -> GradCam.map(pass, run.embedding(label));
            case "chefer" -> LastLayerRelevance.map(pass, run.embedding(label));
            case "contributions" -> Contributions.of(pass, run.embedding(label)).map();
            case "norms" -> norms(pass, pass.tower().lastWhole());
            default ->
                throw HttpFailure.badRequest(
                        "map",
                        "there is no map " + RecordJson.shown(method) + "; expected attention, rollout, maskclip,"
                                + " surgery, grad-eclip, grad-cam, chefer, contributions, similarity, norms or"
                                + " occlusion");
        };
    }

    private static float[] emptyText(PicturePass pass) {
        return pass.clip().embed("");
    }

    /** Returns a map by all that a request says. */
    static float[] of(ClipRun run, String method, PageCall call) {
        PicturePass pass = run.inside();
        TowerPass tower = pass.tower();
        int label = call.number("label", 0, 49);
        switch (method) {
            case "attention" -> {
                return call.has("layer") ? attention(pass, call) : of(run, method, label);
            }
            case "contributions" -> {
                Contributions all = Contributions.of(pass, run.embedding(label));
                return call.has("head")
                        ? all.map(
                                call.number("layer", all.layers() - 1, all.layers() - 1),
                                call.number("head", 0, all.heads() - 1))
                        : all.map();
            }
            case "similarity" -> {
                int last = tower.lastWhole();
                return PatchTokens.similarity(
                        pass, call.number("layer", last, last), call.number("patch", 0, pass.patches() - 1));
            }
            case "norms" -> {
                return norms(pass, call.number("layer", tower.lastWhole(), tower.lastWhole()));
            }
            default -> {
                return of(run, method, label);
            }
        }
    }

    private static float[] attention(PicturePass pass, PageCall call) {
        TowerPass tower = pass.tower();
        int layer = call.number("layer", 0, tower.layers() - 1);
        int query = call.number("query", Math.max(0, tower.pooledToken()), tower.tokens() - 1);
        return pass.ofPatches(
                call.text("head", "mean").equals("mean")
                        ? tower.meanAttention(layer, query)
                        : tower.attention(layer, call.number("head", 0, tower.heads() - 1), query));
    }

    private static float[] norms(PicturePass pass, int layer) {
        float[] all = PatchTokens.norms(pass.tower());
        int tokens = pass.tower().tokens();
        return pass.ofPatches(Arrays.copyOfRange(all, layer * tokens, (layer + 1) * tokens));
    }

    private static float[] occlusion(ClipRun run, int label) {
        float[] map = run.occlusions().get(label);
        if (map == null) {
            throw HttpFailure.notFound(
                    "label", "no_run", "this label was not covered yet; start a run of the kind occlusion first");
        }
        return map;
    }
}
