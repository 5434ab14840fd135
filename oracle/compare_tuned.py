"""Load what Fovea has tuned with transformers and PEFT, and compare the two with each other.

    python oracle/compare_tuned.py MODEL TUNED      needs peft

MODEL is the checkpoint folder that was tuned, TUNED what `fovea tune --method lora` wrote (or `full`, which has no
adapter): a BLIP for captions or answers, or a Florence-2 in transformers' layout. The tuned checkpoint must load without
a missing, unknown or misshapen tensor; with an adapter in TUNED/adapter, the checkpoint and the adapter on MODEL must
give the same logits, and others than MODEL alone.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from peft import PeftModel


def load(cls, folder):
    """The model in f64, and what was wrong with the names of its tensors."""
    model, info = cls.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    wrong = {kind: keys for kind, keys in info.items() if keys}
    return model.double().eval(), wrong


def inputs(model, folder):
    """A picture of noise, and tokens that any vocabulary has."""
    size = json.loads((folder / "preprocessor_config.json").read_text())["size"]
    generator = torch.Generator().manual_seed(3)
    pixels = torch.randn(1, 3, size["height"], size["width"], generator=generator).double()
    return pixels, torch.tensor([[2, 5, 9, 7, 3]]), torch.tensor([[2, 11, 8, 6]])


def logits(model, pixels, read, written):
    everywhere = torch.ones_like(read)
    if hasattr(model, "lm_head"):
        count = model.model.get_image_features(pixels).pooler_output.shape[1]
        ids = torch.cat([torch.full((1, count), model.config.image_token_id), read], 1)
        mask = torch.ones_like(ids)
        return model(pixel_values=pixels, input_ids=ids, attention_mask=mask, decoder_input_ids=written).logits
    states = model.vision_model(pixel_values=pixels).last_hidden_state
    if hasattr(model, "text_encoder"):
        states = model.text_encoder(read, attention_mask=everywhere, encoder_hidden_states=states).last_hidden_state
    mask = torch.ones_like(written)
    return model.text_decoder(written, attention_mask=mask, encoder_hidden_states=states).logits


@torch.no_grad()
def main(base, tuned):
    cls = getattr(transformers, json.loads((base / "config.json").read_text())["architectures"][0])
    model, _ = load(cls, base)
    given = inputs(model, base)
    before = logits(model, *given)
    saved, wrong = load(cls, tuned)
    if wrong:
        sys.exit(f"{tuned}: {wrong}")
    after = logits(saved, *given)
    scale = after.abs().max().item()
    print(f"tuned and before: {(after - before).abs().max().item() / scale:.1e} of the largest logit")
    if (tuned / "adapter").exists():
        adapted = PeftModel.from_pretrained(model, tuned / "adapter").eval().base_model.model
        off = (logits(adapted, *given) - after).abs().max().item() / scale
        print(f"adapter and tuned: {off:.1e} of the largest logit")
        sys.exit(off > 1e-5 or torch.equal(before, after))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
