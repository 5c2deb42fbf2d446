/** Residual networks trained from scratch on images: the paper's tables 8 and 9. */
package org.nola4j.experiments.resnet;
