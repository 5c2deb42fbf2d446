/**
 * Untrusted model files of Deeplearning4j's {@code ModelSerializer}: none of their code runs,
 * memory is bounded by their size, and unknown entries are kept.
 */
package org.nola4j.modelfile;
