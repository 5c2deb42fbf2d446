/**
 * Where the files of data sets come from: the folders that are searched, and downloads that are
 * verified by SHA-256.
 */
package org.nola4j.datasets.source;
