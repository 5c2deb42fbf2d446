/**
 * Tables, shown as Markdown or HTML and exported as CSV or JSON, and the look that all charts
 * share.
 */
package org.nola4j.experiments.report;
