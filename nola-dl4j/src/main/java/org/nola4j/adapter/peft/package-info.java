/**
 * Adapters as LoRA of Hugging Face PEFT, written and read: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}.
 */
package org.nola4j.adapter.peft;
