package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.drawing.Drawing;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.LocationGrid;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.TextStream;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null for any parameter of any public method of the surface is one line that names what is null. */
class NullTest {

    @TempDir
    private static Path folder;

    private static final List<AutoCloseable> MODELS = new ArrayList<>();
    private static Backend backend;

    private static final Map<Class<?>, Object> VALUES = Map.ofEntries(
            Map.entry(String.class, "a"),
            Map.entry(Picture.class, SmallModel.picture()),
            Map.entry(PictureInput.class, SmallModel.picture()),
            Map.entry(GenerationOptions.class, GenerationOptions.DEFAULT),
            Map.entry(GenerationListener.class, GenerationListener.NONE),
            Map.entry(Consumer.class, (Consumer<Object>) given -> {}),
            Map.entry(Function.class, (Function<Object, Object>) given -> given),
            Map.entry(Supplier.class, (Supplier<Object>) () -> "a"),
            Map.entry(Runnable.class, (Runnable) () -> {}),
            Map.entry(List.class, List.of()),
            Map.entry(Stream.class, Stream.empty()),
            Map.entry(int[].class, new int[0]),
            Map.entry(float[].class, new float[0]),
            Map.entry(double[].class, new double[0]),
            Map.entry(byte[].class, new byte[0]),
            Map.entry(Path.class, Path.of("nowhere")),
            Map.entry(LoadOptions.class, LoadOptions.DEFAULTS),
            Map.entry(FlorenceTask.class, FlorenceTask.OD),
            Map.entry(FlorencePrompt.class, FlorencePrompt.of(FlorenceTask.OD)),
            Map.entry(PromptTemplates.class, PromptTemplates.NONE),
            Map.entry(LocationGrid.class, new LocationGrid(1, 1)),
            Map.entry(
                    FlorenceAnswer.class,
                    new FlorenceAnswer(
                            FlorenceTask.OD,
                            "",
                            new Generation(List.of(), false),
                            new FlorenceResult(FlorenceTask.OD, "", List.of(), List.of(), List.of()))),
            Map.entry(Optional.class, Optional.empty()),
            Map.entry(OptionalInt.class, OptionalInt.empty()),
            Map.entry(OptionalDouble.class, OptionalDouble.empty()),
            Map.entry(Duration.class, Duration.ofDays(1)),
            Map.entry(Detection.class, new Detection("", 0, 0, 1, 1, OptionalDouble.empty())),
            Map.entry(WeightType.class, WeightType.STORED),
            Map.entry(Precision.class, Precision.F32),
            Map.entry(DownloadProgress.class, DownloadProgress.NONE),
            Map.entry(GenerationOptions.EarlyStopping.class, GenerationOptions.EarlyStopping.NEVER),
            Map.entry(InputStream.class, InputStream.nullInputStream()),
            Map.entry(
                    java.awt.image.BufferedImage.class,
                    new java.awt.image.BufferedImage(1, 1, java.awt.image.BufferedImage.TYPE_INT_RGB)));

    @BeforeAll
    static void load() throws IOException {
        backend = Backends.open("cpu", 2);
        MODELS.add(Clip.load(SmallModel.CLIP.copy(place("clip")), backend));
        MODELS.add(BlipCaptioner.load(SmallModel.CAPTIONER.copy(place("captioner")), backend));
        MODELS.add(BlipAnswerer.load(SmallModel.ANSWERER.copy(place("answerer")), backend));
        MODELS.add(BlipMatcher.load(SmallModel.MATCHER.copy(place("matcher")), backend));
        MODELS.add(Florence2.load(SmallModel.FLORENCE.copy(place("florence")), backend));
    }

    private static Path place(String name) throws IOException {
        return Files.createDirectory(folder.resolve(name));
    }

    @AfterAll
    static void close() throws Exception {
        for (AutoCloseable model : MODELS) {
            model.close();
        }
        backend.close();
    }

    @Test
    void everyParameterIsNamed() {
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        for (AutoCloseable model : MODELS) {
            tried += methods(model.getClass(), model, wrong);
        }
        for (Class<?> type : List.of(
                ImageClassifier.class,
                LoadOptions.class,
                Vectors.class,
                Cancellation.class,
                PromptTemplates.class,
                Picture.class,
                Drawing.class,
                FlorencePrompt.class,
                Detection.class,
                TextLine.class,
                Outline.class,
                TextStream.class,
                LabelScore.class,
                GenerationOptions.class,
                GenerationOptions.Builder.class)) {
            tried += methods(type, instance(type), wrong);
            for (var constructor : type.getConstructors()) {
                tried += calls(constructor, arguments -> constructor.newInstance(arguments), wrong);
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(tried > 150, tried + " calls");
    }

    private static Object instance(Class<?> type) {
        if (type == GenerationOptions.Builder.class) {
            return GenerationOptions.builder();
        }
        return type == Cancellation.class ? new Cancellation() : VALUES.get(type);
    }

    private interface Call {
        Object with(Object[] arguments) throws ReflectiveOperationException;
    }

    private static int methods(Class<?> type, Object instance, List<String> wrong) {
        int tried = 0;
        for (Method method : type.getMethods()) {
            boolean ours = method.getDeclaringClass().getName().startsWith("dev.fovea.models");
            boolean callable = Modifier.isStatic(method.getModifiers()) || instance != null;
            if (ours && callable && !method.isBridge() && !method.getName().equals("equals")) {
                tried += calls(method, arguments -> method.invoke(instance, arguments), wrong);
            }
        }
        return tried;
    }

    private static int calls(Executable executable, Call call, List<String> wrong) {
        Parameter[] parameters = executable.getParameters();
        int tried = 0;
        for (int i = 0; i < parameters.length; i++) {
            if (parameters[i].getType().isPrimitive()) {
                continue;
            }
            Object[] arguments = Arrays.stream(parameters).map(NullTest::value).toArray();
            arguments[i] = null;
            tried++;
            String what = executable.toGenericString() + ", " + parameters[i].getName();
            try {
                call.with(arguments);
                wrong.add(what + ": accepted");
            } catch (InvocationTargetException thrown) {
                Throwable cause = thrown.getCause();
                String message = String.valueOf(cause.getMessage());
                boolean named = cause instanceof NullPointerException
                        && message.endsWith(" is null")
                        && !message.startsWith("Cannot ");
                if (!named) {
                    wrong.add(what + ": " + cause);
                }
            } catch (ReflectiveOperationException | IllegalArgumentException e) {
                wrong.add(what + ": cannot be called, " + e);
            }
        }
        return tried;
    }

    private static Object value(Parameter parameter) {
        Class<?> type = parameter.getType();
        if (type == int.class) {
            return 1;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == double.class) {
            return 1.0;
        }
        if (type == float.class) {
            return 1f;
        }
        if (type == boolean.class) {
            return false;
        }
        if (type == Pixels.class) {
            return Pixels.of(new float[0], 0, 1, 1);
        }
        return type == Backend.class ? backend : VALUES.get(type);
    }
}
