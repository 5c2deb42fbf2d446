/**
 * How much of a weight's space a method reaches: figure 2 of the paper.
 *
 * <p>Koohpayegani et al., <i>NOLA: Compressing LoRA using Linear Combination of Random Basis</i>,
 * ICLR 2024, appendix A.1: of equally many trained numbers n, PRANC's weights span n dimensions,
 * NOLA's about n^2 / 4, until these are all d^2 that a d x d weight has. {@link
 * org.nola4j.experiments.coverage.Subspace} measures it by sampling, {@link
 * org.nola4j.experiments.coverage.ClosedForm} computes it. It is the dimension of the span of all
 * reachable weights, not of their set: each is still determined by n numbers.
 */
package org.nola4j.experiments.coverage;
