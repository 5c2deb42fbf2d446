// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

/**
 * Data, and one text that says it.
 *
 * @param context the data in a line, such as {@code name : Blue Spice | Type : coffee shop}
 * @param completion the text
 * @param seen whether there are texts to train on of this one's category; true for sets without
 *     categories
 */
public record NlgSample(String context, String completion, boolean seen) {}
