/**
 * Vision transformers: fine-tuned from a few images of each class, as in the paper's tables 6, 7
 * and 10, and trained from scratch to be fine-tuned afterwards.
 */
package org.nola4j.experiments.vit;
