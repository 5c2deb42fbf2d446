/**
 * Convolution, normalization, attention and element-wise operations on ND4J arrays by oneDNN.
 *
 * <p>ND4J M2.1 includes oneDNN too, but reaches it through operations that reorder every array, and
 * for the gradient of a kernel not at all. Here primitives are created once per shape and work on
 * activations in NHWC and on tokens in place. Everything is float32; callers fall back to other
 * code where {@link org.nola4j.internal.onednn.OneDnn#available()} returns false.
 */
package org.nola4j.internal.onednn;
