/** What readers of files throw. */
package org.nola4j.io;
