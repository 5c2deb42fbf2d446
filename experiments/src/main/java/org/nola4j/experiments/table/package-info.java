/** Tables that are shown as Markdown or HTML and exported as CSV or JSON. */
package org.nola4j.experiments.table;
