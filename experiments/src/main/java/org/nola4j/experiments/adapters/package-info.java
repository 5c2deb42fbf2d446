/** What the command line does with adapter files: says what is in them and quantises them. */
package org.nola4j.experiments.adapters;
