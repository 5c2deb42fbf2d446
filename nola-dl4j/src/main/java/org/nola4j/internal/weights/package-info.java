// SPDX-License-Identifier: Apache-2.0
/**
 * The weights of layers while they run. A {@link org.nola4j.internal.weights.WeightSpec} says how a
 * weight follows from trained vectors; a {@link org.nola4j.internal.weights.MaterializedWeight}
 * expands these to factors and pulls the factors' gradients back, on the host or on a GPU; a {@link
 * org.nola4j.internal.weights.WeightProduct} multiplies by it. Nothing here knows layers.
 */
package org.nola4j.internal.weights;
