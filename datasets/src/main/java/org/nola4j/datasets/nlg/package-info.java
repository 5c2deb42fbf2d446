// SPDX-License-Identifier: Apache-2.0
/**
 * Sets for generating texts from data: E2E (Novikova et al. 2017), WebNLG 2017 (Gardent et al.) and
 * DART (Nan et al. 2021), as LoRA and NOLA train and test on them.
 */
package org.nola4j.datasets.nlg;
