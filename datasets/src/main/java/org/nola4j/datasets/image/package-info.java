/** An image in memory: decoding, resizing, and the augmentations that training applies to it. */
package org.nola4j.datasets.image;
