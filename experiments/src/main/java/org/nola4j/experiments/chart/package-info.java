/** The look that all charts of this application share. */
package org.nola4j.experiments.chart;
