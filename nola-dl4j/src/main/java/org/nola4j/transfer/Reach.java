// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

/**
 * The position of trained layers relative to one layer.
 *
 * @param backprop whether this layer or one below it is trained or adapted
 * @param inputGradient whether the layer must pass a gradient on
 */
record Reach(boolean backprop, boolean inputGradient) {}
