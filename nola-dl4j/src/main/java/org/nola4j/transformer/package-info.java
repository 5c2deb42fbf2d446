// SPDX-License-Identifier: Apache-2.0
/**
 * The layers of transformers: of images (Dosovitskiy et al., <i>An Image is Worth 16x16 Words</i>,
 * ICLR 2021) that begin with a {@link org.nola4j.transformer.PatchEmbedding}, of texts (Devlin et
 * al., <i>BERT: Pre-training of Deep Bidirectional Transformers</i>, NAACL 2019) with a {@link
 * org.nola4j.transformer.TokenEmbedding}; then {@link org.nola4j.transformer.TransformerBlock} and
 * {@link org.nola4j.transformer.TokenPooling}. Language models (Radford et al., 2019) have causal
 * blocks, {@link org.nola4j.transformer.TokenNorm} and {@link
 * org.nola4j.transformer.LanguageModelHead}; {@link org.nola4j.transformer.CachedDecoder} runs them
 * token by token.
 *
 * <p>Between them go tokens [batch, tokens, width], row-major, DL4J's {@code
 * InputType.recurrent(width, tokens, RNNFormat.NWC)}: to a product of matrices a batch is [batch *
 * tokens, width] without a copy. Texts of different lengths are padded, and DL4J's features mask
 * [batch, tokens] keeps attention and pooling to their own tokens; for padding, blocks compute only
 * attention and give zeros. Forward and backward passes are written by hand; in float32 on the CPU,
 * oneDNN computes everything but products; elsewhere ND4J's operations do.
 */
package org.nola4j.transformer;
