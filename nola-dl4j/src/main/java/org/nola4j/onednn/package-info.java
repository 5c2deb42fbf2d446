/**
 * Convolution, normalization, attention and element-wise operations on ND4J arrays by oneDNN.
 *
 * <p>ND4J M2.1 brings oneDNN too, but reaches it through operations that reorder every array and,
 * for the gradient of a kernel, do not reach it at all. Here primitives are made once a shape and
 * work on activations in NHWC and on tokens where they lie. Everything is float32; callers fall
 * back to other means where {@link org.nola4j.onednn.OneDnn#available()} says no.
 */
package org.nola4j.onednn;
