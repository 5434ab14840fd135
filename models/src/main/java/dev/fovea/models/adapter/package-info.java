/**
 * Low-rank adapters (LoRA, Hu et al. 2021) in the files of PEFT, Hugging Face's library: {@code adapter_config.json}
 * and {@code adapter_model.safetensors}. An adapter is merged into the weights that a model asks for while it is
 * loaded, so that an adapted model computes exactly as fast as its base.
 */
package dev.fovea.models.adapter;
