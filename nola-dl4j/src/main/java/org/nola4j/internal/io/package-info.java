/**
 * Safe file access: files that are read are checked and refused with one clear message; files are
 * written completely or not at all.
 */
package org.nola4j.internal.io;
