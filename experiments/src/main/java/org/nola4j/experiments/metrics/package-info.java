// SPDX-License-Identifier: Apache-2.0
/**
 * What generated texts are scored by: BLEU, NIST, METEOR, ROUGE-L, CIDEr and TER, as the programs
 * {@code e2e-metrics} and GenerationEval compute them. Begin with {@link
 * org.nola4j.experiments.metrics.TextMetric}.
 */
package org.nola4j.experiments.metrics;
