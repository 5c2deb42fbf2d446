/** Exceptions of file readers. */
package org.nola4j.io;
