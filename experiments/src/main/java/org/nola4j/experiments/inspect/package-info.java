/** Describes {@code .safetensors} files, and quantizes adapters. */
package org.nola4j.experiments.inspect;
