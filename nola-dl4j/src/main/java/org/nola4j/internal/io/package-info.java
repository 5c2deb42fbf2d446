/**
 * Untrusted files and files that others rely on: what is read is checked and refused with one clear
 * message, what is written is there whole or not at all.
 */
package org.nola4j.internal.io;
