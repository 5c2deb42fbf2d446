/**
 * How a weight matrix is computed from a few trained numbers.
 *
 * <p>A {@link org.nola4j.reparameterization.Reparameterization} (NOLA, LoRA, PRANC, HashedNet or
 * dense) says, for a weight of a given shape, which {@link org.nola4j.reparameterization.Factor
 * factors} it has. Every factor is a linear map of one trained vector, plus perhaps a seeded
 * anchor; the weight is
 *
 * <pre>W = W0 + s A B    (two factors: NOLA, LoRA)
 * W = W0 + F        (one factor: PRANC, HashedNet, dense)</pre>
 *
 * with a frozen W0 that is nothing, seeded or given. For NOLA (ICLR 2024, equation 2) {@code A =
 * sum_i alpha_i A_i} and {@code B = sum_j beta_j B_j}.
 *
 * <p>The set of methods is open: {@link org.nola4j.reparameterization.ReparameterizationProvider}
 * registers your own records.
 */
package org.nola4j.reparameterization;
