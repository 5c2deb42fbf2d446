/** Tables as Markdown, HTML, CSV, or JSON, and the common style of charts. */
package org.nola4j.experiments.report;
