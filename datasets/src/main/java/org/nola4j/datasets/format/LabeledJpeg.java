package org.nola4j.datasets.format;

/**
 * One image of a set, not decoded.
 *
 * @param label class number
 * @param jpeg a JPEG file, presumably
 * @param place where it was read, for messages
 */
public record LabeledJpeg(int label, byte[] jpeg, String place) {}
