/**
 * Labeled texts: published sets by name ({@link org.nola4j.datasets.text.TextDataSets}) and a
 * user's own from CSV files ({@link org.nola4j.datasets.text.TextFile}).
 */
package org.nola4j.datasets.text;
