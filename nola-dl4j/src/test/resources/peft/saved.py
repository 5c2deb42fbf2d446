"""Makes the folder saved/ with PEFT 0.20 and PyTorch: python3 saved.py FOLDER.

An adapter with a convolution, two ranks, three alphas, rank-stabilized scales, trained biases and a head, and in
deltas.txt what PEFT adds to each weight, in the lines of deltas.py.
"""

import sys

import torch
from peft import LoraConfig, get_peft_model

torch.manual_seed(3)
base = torch.nn.Module()
base.encoder = torch.nn.ModuleList(torch.nn.Module() for _ in range(2))
for layer in base.encoder:
    layer.query, layer.value = torch.nn.Linear(6, 4), torch.nn.Linear(6, 5)
base.stem, base.classifier = torch.nn.Conv2d(3, 6, 1), torch.nn.Linear(5, 3)
config = LoraConfig(
    r=2,
    lora_alpha=5,
    target_modules=["query", "value", "stem"],
    rank_pattern={"encoder.1.query": 3},
    alpha_pattern={"^encoder.0.value": 7.5, "stem": 1},
    use_rslora=True,
    bias="lora_only",
    modules_to_save=["classifier"],
    init_lora_weights=False,
)
model = get_peft_model(base, config)
model.save_pretrained(sys.argv[1], save_embedding_layers=False)
with open(sys.argv[1] + "/deltas.txt", "w") as file:
    for name, module in model.base_model.model.named_modules():
        if hasattr(module, "get_delta_weight"):
            delta = module.get_delta_weight("default").detach().flatten(1)
            print("delta", name, *delta.shape, *delta.flatten().tolist(), file=file)
