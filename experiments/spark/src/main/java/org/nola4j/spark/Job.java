// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.Serializable;

/**
 * What an executor needs to build the network and to open its data.
 *
 * @param config the run's configuration as JSON
 * @param experiment its name
 * @param data the folder of data sets; null for the usual ones
 * @param shipped the data set's folder if Spark sent it; null otherwise
 * @param results the folder of results, which has the trained networks that others adapt
 * @param digest of the network and the data on the driver
 * @param version of the driver's program
 */
record Job(
    String config,
    String experiment,
    String data,
    String shipped,
    String results,
    String digest,
    String version)
    implements Serializable {}
