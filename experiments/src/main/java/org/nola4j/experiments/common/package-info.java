/** Shared by several packages of the application: user errors, JSON, atomic files. */
package org.nola4j.experiments.common;
