/**
 * Whole models as other libraries store them, in {@code .safetensors} files: which tensor is which
 * parameter, into a network of {@link org.nola4j.models.VisionTransformer} and back.
 */
package org.nola4j.models.checkpoint;
