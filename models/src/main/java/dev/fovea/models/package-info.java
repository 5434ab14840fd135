/**
 * The types that all models share: interfaces to inject and mock ({@link dev.fovea.models.ImageEmbedder}, {@link
 * dev.fovea.models.TextEmbedder}, {@link dev.fovea.models.Classifier}, {@link dev.fovea.models.ZeroShotClassifier},
 * {@link dev.fovea.models.Captioner}, {@link dev.fovea.models.VisualQuestionAnswerer}, {@link
 * dev.fovea.models.TextMatcher}, {@link dev.fovea.models.ObjectDetector}, {@link dev.fovea.models.TextReader}), the
 * values they return, and how models are found and loaded.
 *
 * <p>Methods are named alike: a verb for one input ({@code embed}, {@code classify}, {@code caption}, {@code answer},
 * {@code match}, {@code detect}), {@code verbAll} for a list of inputs with the answers in its order, {@code
 * embedTexts} where texts and pictures would be told apart by nothing else, {@code embedFiles} for picture files that
 * are read and embedded in one pass. A verb that writes text also takes a consumer of the text's pieces.
 *
 * <p>Errors are a {@link dev.fovea.tensor.FoveaException} with one line for people: a {@link
 * dev.fovea.models.image.PictureException} is about a picture, a {@link dev.fovea.tensor.ModelException} about a
 * checkpoint, a {@link dev.fovea.tensor.DeviceException} about what computes, a {@link
 * dev.fovea.tensor.CancelledException} says that the call was stopped; any other is about what was asked for, such as a
 * text that is too long. Null is a {@link java.lang.NullPointerException} that names the parameter, a wrong argument an
 * {@link java.lang.IllegalArgumentException}.
 */
package dev.fovea.models;
