/**
 * The blocks that models are made of, and what they are loaded from. Read in this order, a CLIP forward pass is twelve
 * files:
 *
 * <ol>
 * <li>{@code clip.Clip}: {@code embedPixels} and {@code embedTokens} run the two towers, {@code score} compares their
 * embeddings.
 * <li>{@code clip.network.ClipVisionTower}: {@code encode} is the image encoder from pixels to an embedding, shapes at
 * the side.
 * <li>{@link dev.fovea.models.nn.VisionEmbeddings}: patches, class token and positions become tokens.
 * <li>{@code PatchEmbedding}: the convolution that makes a token of each patch.
 * <li>{@link dev.fovea.models.nn.TransformerStack}: one block after the other.
 * <li>{@code TransformerBlock}: {@code preNorm} and {@code postNorm} are the two equations of a block.
 * <li>{@code SelfAttention}: queries, keys and values in one product, and which tokens attend to which.
 * <li>{@link dev.fovea.models.nn.Mlp}: the other half of a block.
 * <li>{@link dev.fovea.models.nn.Linear}: one line; what it fuses is {@link dev.fovea.tensor.Fusion}.
 * <li>{@link dev.fovea.models.nn.TransformerShape}: the sizes of a block.
 * <li>{@code clip.network.EmbeddingHead}: the last norm and the projection into the space that both towers share.
 * <li>{@code clip.network.ClipTextTower}: the text encoder, out of the same blocks.
 * </ol>
 *
 * <p>A decoder adds {@code CrossAttention} and {@link dev.fovea.models.nn.KeyValueCache}, a ResNet {@link
 * dev.fovea.models.nn.ConvolutionPath} and {@link dev.fovea.models.nn.ResidualBlock}. What each operation means is in
 * {@link dev.fovea.tensor.reference.ReferenceBackend}.
 *
 * <p>Loading: a model's constructor asks {@link dev.fovea.models.nn.Parameters} for its weights by the names in the
 * checkpoint. The names of the parts of a block are a {@link dev.fovea.models.nn.BlockNames}, which each model keeps in
 * its package.
 */
package dev.fovea.models.nn;
