/**
 * The paper's networks as DL4J zoo models. Each takes a {@link
 * org.nola4j.models.ReparameterizationPlan}: which layer gets which method is data, never a second
 * definition of the network. {@link org.nola4j.models.LeNet} is of DL4J's own layers, to be trained
 * and then wrapped.
 */
package org.nola4j.models;
