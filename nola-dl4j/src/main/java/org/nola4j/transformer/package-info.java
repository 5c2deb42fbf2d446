/**
 * The layers of a vision transformer (Dosovitskiy et al., <i>An Image is Worth 16x16 Words</i>,
 * ICLR 2021): {@link org.nola4j.transformer.PatchEmbedding}, {@link
 * org.nola4j.transformer.TransformerBlock} and {@link org.nola4j.transformer.TokenPooling}.
 *
 * <p>Between them go tokens [batch, tokens, width], row-major, DL4J's {@code
 * InputType.recurrent(width, tokens, RNNFormat.NWC)}: to a product of matrices a batch is [batch *
 * tokens, width] without a copy. Forward and backward passes are written by hand; in float32 on the
 * CPU oneDNN does what is no product, elsewhere ND4J's operations do. Masks are not supported.
 */
package org.nola4j.transformer;
