package dev.fovea.models.classification.network;

import dev.fovea.models.convnext.network.ConvNextShape;
import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.timm.network.TimmConvNext;
import dev.fovea.models.timm.network.TimmConvNextShape;
import dev.fovea.models.timm.network.TimmVit;
import dev.fovea.models.timm.network.TimmVitShape;

/** What a family of classifiers reads of {@code config.json}, besides the names of the classes. */
public sealed interface NetworkShape {

    /**
     * Takes the weights of the network.
     *
     * @param model the checkpoint's top level
     * @param classes number of outputs
     */
    Network network(Parameters model, int classes);

    /** Returns the name of the last layer's matrix {@code [classes, inputs]}. */
    default String classLayer() {
        return "classifier.weight";
    }

    /** A vision transformer whose class token is classified. */
    record Vit(VisionShape vision) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new VitNetwork(model, vision, classes);
        }
    }

    /** CLIP's vision transformer, whose patches are averaged and classified. */
    record Clip(VisionShape vision) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new ClipNetwork(model, vision, classes);
        }
    }

    /** DINOv2, whose class token is classified together with the mean of the patches. */
    record Dinov2(Dinov2Config tower) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new Dinov2Network(model, tower, classes);
        }
    }

    /** A vision transformer of timm, whose class token is classified. */
    record VitOfTimm(TimmVitShape sizes) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new TowerNetwork(new TimmVit(model, "", sizes, classes));
        }

        @Override
        public String classLayer() {
            return "head.weight";
        }
    }

    /** A ConvNeXt of timm. */
    record ConvNextOfTimm(TimmConvNextShape sizes) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new TowerNetwork(TimmConvNext.classifier(model, sizes, classes));
        }

        @Override
        public String classLayer() {
            return "head.fc.weight";
        }
    }

    /** A ConvNeXt of transformers. */
    record ConvNext(ConvNextShape sizes) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new ConvNextNetwork(model, sizes, classes);
        }
    }

    /** A residual network. */
    record ResNet(ResNetShape sizes) implements NetworkShape {
        @Override
        public Network network(Parameters model, int classes) {
            return new ResNetNetwork(model, sizes, classes);
        }

        @Override
        public String classLayer() {
            return "classifier.1.weight";
        }
    }
}
