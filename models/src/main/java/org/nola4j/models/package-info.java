/**
 * The paper's networks as DL4J zoo models. A {@link org.nola4j.models.ReparameterizationPlan}
 * chooses the method of each layer, so a network is defined once for all methods. {@link
 * org.nola4j.models.LeNet} consists of DL4J's own layers, to be trained first and wrapped
 * afterwards.
 */
package org.nola4j.models;
