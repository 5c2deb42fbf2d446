/** Images in memory: decoding, resizing, and augmentation. */
package org.nola4j.datasets.image;
