/**
 * Experiments as data: {@code configs/<experiment>/<method>.json} over {@code default.json}, then
 * {@code --set}, mapped to records that check themselves.
 *
 * <p>A key that no record has is an error, because a misspelled setting that is skipped silently
 * spoils a result.
 */
package org.nola4j.experiments.config;
