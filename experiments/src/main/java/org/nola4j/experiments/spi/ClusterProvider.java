// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

/** Connects to machines; found as a Java service in the module for Apache Spark. */
public interface ClusterProvider {
  /**
   * Connects.
   *
   * @param master the address, such as {@code local[2]} or {@code spark://host:7077}
   * @param shipsData whether the data set is sent to the machines, which otherwise read it from
   *     their own folder
   */
  Cluster connect(String master, boolean shipsData);
}
