/**
 * File formats of data sets: IDX, CIFAR's binary records, containers of JPEG files, lists, and
 * folders of image files. Readers check what they read and name the file and the position of
 * whatever is wrong.
 */
package org.nola4j.datasets.format;
