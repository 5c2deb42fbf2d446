/** What {@code .safetensors} files hold, and adapters with fewer bits. */
package org.nola4j.experiments.inspect;
