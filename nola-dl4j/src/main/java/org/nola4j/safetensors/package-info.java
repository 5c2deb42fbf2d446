/**
 * The {@code .safetensors} format: named tensors with types and shapes, and free-form metadata, in
 * one file that is read in place and written part by part.
 *
 * <p>Source: the format's description at github.com/huggingface/safetensors. The meaning of the
 * tensors is up to {@link org.nola4j.adapter} and readers of whole models.
 */
package org.nola4j.safetensors;
