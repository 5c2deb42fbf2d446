// SPDX-License-Identifier: Apache-2.0
/**
 * Copies of one network that serve many adapters: each request has one to itself, with its adapter
 * loaded, or with a batch in which every example has its own. {@link
 * org.nola4j.transfer.AdapterBank} keeps the adapters by name.
 */
package org.nola4j.internal.bank;
