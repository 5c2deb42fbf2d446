// SPDX-License-Identifier: Apache-2.0
/**
 * ND4J arrays as this library uses them: memory shared with Java, copies row by row, and products.
 */
package org.nola4j.internal.arrays;
