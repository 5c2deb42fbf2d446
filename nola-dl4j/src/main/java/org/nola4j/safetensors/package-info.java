/**
 * The {@code .safetensors} format, by itself: named tensors with types and shapes, and free
 * metadata, in one file that is read where it lies and written part by part.
 *
 * <p>Source: the format's description at github.com/huggingface/safetensors. What the tensors mean
 * is the affair of {@link org.nola4j.adapter} and of readers of whole models.
 */
package org.nola4j.safetensors;
