/**
 * Adapter files: everything a network trained beyond its seed and frozen weights, in a few
 * kilobytes.
 *
 * <p>An {@link org.nola4j.adapter.Adapter} holds, layer by layer, the recipe of each weight (its
 * method, seed and shape: NOLA, ICLR 2024, equation 2, or one of the other methods) and the trained
 * numbers, as floats or quantized to a few bits (section 3.2). It is stored as one {@code
 * .safetensors} file ({@link org.nola4j.safetensors}), which {@code docs/adapter-v1.md} specifies
 * field by field and {@code tools/nola_reader.py} reads with numpy alone.
 */
package org.nola4j.adapter;
