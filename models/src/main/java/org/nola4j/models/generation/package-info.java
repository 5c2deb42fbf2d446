// SPDX-License-Identifier: Apache-2.0
/**
 * Continues texts with a language model such as {@link org.nola4j.models.Gpt2}: greedily, by
 * sampling, or with a beam.
 */
package org.nola4j.models.generation;
