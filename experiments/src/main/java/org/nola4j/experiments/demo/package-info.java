/** A first look at the library on images that come with it: {@code nola demo}. */
package org.nola4j.experiments.demo;
