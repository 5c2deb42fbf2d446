// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.util.function.Supplier;

/**
 * One image of a set before decoding.
 *
 * @param label class number
 * @param jpeg the bytes of a (presumed) JPEG file
 * @param place where it was read from, for messages
 */
public record LabeledJpeg(int label, byte[] jpeg, Supplier<String> place) {}
