package dev.fovea.models.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.OracleCase;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;

/** A small adapter of PEFT's for the checkpoint of another case, and what transformers answered with both. */
public record AdapterCase(Path folder, JsonValue answers) {

    /** Generates for one picture. */
    public interface Generating {
        Generation generate(Pixels pixels, int[] prompt, GenerationOptions options);
    }

    /** Opens a case by name. */
    public static AdapterCase open(String name) {
        try {
            Path folder = Path.of(AdapterCase.class.getResource(name).toURI());
            return new AdapterCase(folder, JsonReader.readObject(folder.resolve("answers.json")));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the options that load the adapter. */
    public LoadOptions on(Backend backend) {
        return LoadOptions.on(backend).withAdapter(folder);
    }

    /** Returns the rows of an entry. */
    public List<float[]> rows(String entry) {
        return answers.get(entry).items().stream().map(OracleCase::floats).toList();
    }

    /**
     * Checks every generation.
     *
     * @param start the prompt where the case has none
     */
    public void check(OracleCase base, GenerationOptions defaults, int[] start, Generating model) {
        for (JsonValue line : answers.get("generations").items()) {
            Pixels pixels =
                    base.pixels(base.groups().getFirst(), line.get("picture").integer(0));
            int[] prompt = line.get("ids").isMissing() ? start : OracleCase.integers(line.get("ids"));
            Sequence best = model.generate(pixels, prompt, OracleCase.options(defaults, line.get("options")))
                    .sequences()
                    .getFirst();
            assertArrayEquals(OracleCase.integers(line.get("sequences").get(0)), best.tokens());
            float expected = OracleCase.floats(line.get("scores"))[0];
            assertEquals(expected, best.score(), 3e-5 * (1 + Math.abs(expected)));
        }
    }
}
