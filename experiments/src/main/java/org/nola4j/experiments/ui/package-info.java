/** Deeplearning4j's training UI, which is there only in builds that asked for it. */
package org.nola4j.experiments.ui;
