package org.nola4j.datasets.batch;

/** How the pixels of a batch are ordered. */
public enum ImageLayout {
  /** [batch, height, width, channels]: what the networks of this project take. */
  NHWC,
  /** [batch, channels, height, width]: DL4J's default. */
  NCHW
}
