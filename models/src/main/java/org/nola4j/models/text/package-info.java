// SPDX-License-Identifier: Apache-2.0
/** From texts to tokens and back, and to batches of networks that read texts. */
package org.nola4j.models.text;
