/**
 * What the command line does with {@code .safetensors} files: says what is in them and quantises
 * adapters.
 */
package org.nola4j.experiments.adapters;
