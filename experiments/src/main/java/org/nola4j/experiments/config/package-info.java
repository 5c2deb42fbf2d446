/**
 * Experiments as data: {@code default.json}, overridden by {@code
 * configs/<experiment>/<method>.json}, overridden by {@code --set}, mapped to records that validate
 * themselves.
 *
 * <p>Unknown keys are errors, because silently ignoring a misspelled setting would spoil a result.
 */
package org.nola4j.experiments.config;
