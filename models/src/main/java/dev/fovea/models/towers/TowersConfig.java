package dev.fovea.models.towers;

import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.VisionShape;
import java.util.LinkedHashMap;
import java.util.Map;

/** The configuration of a model of {@link Towers}. */
public interface TowersConfig extends ModelConfig {

    /**
     * Takes the weights.
     *
     * @param model the checkpoint's top level
     */
    Towers towers(Parameters model);

    /** Names the design for programs, such as {@code siglip}. */
    default String design() {
        return "pictures";
    }

    /** Returns the length of embeddings, in numbers: the vision transformer's width unless said otherwise. */
    default int dimension() {
        return vision().transformer().hiddenSize();
    }

    /** Returns the sizes of the vision transformer, or null where there is another image tower or none. */
    default VisionShape vision() {
        return null;
    }

    /** Returns the sizes of the text tower, or null where there is none. */
    default TextSizes text() {
        return null;
    }

    /** Describes the image tower for people; null where there is none. */
    default String imageTowerInWords() {
        return vision() == null ? null : vision().inWords();
    }

    @Override
    default Map<String, String> sizesInWords() {
        Map<String, String> lines = new LinkedHashMap<>();
        if (imageTowerInWords() != null) {
            lines.put("picture tower", imageTowerInWords());
        }
        if (text() != null) {
            lines.put("text tower", text().inWords());
        }
        lines.put("embedding", dimension() + " numbers");
        return lines;
    }

    @Override
    default void requestTensors(Parameters model) {
        towers(model);
    }
}
