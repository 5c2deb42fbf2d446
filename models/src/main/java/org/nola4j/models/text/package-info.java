/** From texts to batches for {@link org.nola4j.models.BertEncoder}. */
package org.nola4j.models.text;
