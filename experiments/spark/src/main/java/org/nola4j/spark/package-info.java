// SPDX-License-Identifier: Apache-2.0
/** Networks of this library on Apache Spark. */
package org.nola4j.spark;
