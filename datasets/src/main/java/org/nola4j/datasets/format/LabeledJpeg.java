// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.util.function.Supplier;

/**
 * One image of a set, not decoded.
 *
 * @param label class number
 * @param jpeg a JPEG file, presumably
 * @param place where it was read, for messages
 */
public record LabeledJpeg(int label, byte[] jpeg, Supplier<String> place) {}
