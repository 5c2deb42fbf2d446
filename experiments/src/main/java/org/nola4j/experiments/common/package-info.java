/** What several packages of the application share: user errors, JSON, atomic files. */
package org.nola4j.experiments.common;
