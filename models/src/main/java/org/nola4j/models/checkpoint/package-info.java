/**
 * Whole models in other libraries' {@code .safetensors} files: maps tensors to the parameters of a
 * {@link org.nola4j.models.VisionTransformer} and back.
 */
package org.nola4j.models.checkpoint;
