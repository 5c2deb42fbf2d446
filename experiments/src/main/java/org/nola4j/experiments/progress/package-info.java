/** Shows how a run gets on: a bar on a terminal, plain lines in a log. */
package org.nola4j.experiments.progress;
