/** Pretrained text encoders by name, and what their adapters say of a task. */
package org.nola4j.experiments.text;
