/**
 * Model files of Deeplearning4j's {@code ModelSerializer} that nobody vouches for: nothing that
 * they hold is run, memory is bounded by their size, and what is not understood is kept.
 */
package org.nola4j.modelfile;
