/** Generated stand-ins that need no files. Results on them say so. */
package org.nola4j.datasets.synthetic;
