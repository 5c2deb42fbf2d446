"""What PEFT makes of a folder with a LoRA adapter, a line for each array: kind, module, shape, numbers.

python3 deltas.py FOLDER computes it with numpy as PEFT does; python3 deltas.py FOLDER --peft lets PEFT load the
adapter into a model of linear layers and convolutions, and asks that.
"""

import json
import math
import re
import sys

import numpy as np

PREFIX = "base_model.model."


def read(folder):
    """The configuration, and the tensors by name without PEFT's prefix."""
    with open(folder + "/adapter_config.json") as file:
        config = json.load(file)
    raw = np.fromfile(folder + "/adapter_model.safetensors", np.uint8).tobytes()
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, stop = (end + offset for offset in entry["data_offsets"])
        assert name.startswith(PREFIX) and entry["dtype"] == "F32"
        flat = np.frombuffer(raw[begin:stop], "<f4")
        tensors[name[len(PREFIX) :]] = flat.reshape(entry["shape"])
    return config, tensors


def pattern(patterns, module, other):  # peft.utils.other.get_pattern_key
    for key, value in patterns.items():
        if re.match(rf"(.*\.)?({key})$", module):
            return value
    return other


def with_numpy(folder):
    config, tensors = read(folder)
    for name, b in tensors.items():
        module, end = name.rsplit(".", 1)
        if name.endswith(".lora_B.weight"):
            module = name[: -len(".lora_B.weight")]
            a = tensors[module + ".lora_A.weight"]
            r = pattern(config["rank_pattern"], module, config["r"])
            alpha = pattern(config["alpha_pattern"], module, config["lora_alpha"])
            scaling = alpha / math.sqrt(r) if config["use_rslora"] else alpha / r
            assert a.shape[0] == r == b.shape[1]
            delta = b.reshape(b.shape[:2]) @ a.reshape(a.shape[:2]) * np.float32(scaling)
            yield "delta", module, delta
        elif name.endswith(".base_layer.bias"):
            yield "bias", name[: -len(".base_layer.bias")], b
        elif not name.endswith(".lora_A.weight"):
            yield end, module, b


def base_model(tensors):
    """A PyTorch model with the adapter's modules."""
    import torch

    model = torch.nn.Module()
    for name, b in tensors.items():
        if name.endswith(".lora_B.weight"):
            name = name[: -len(".lora_B.weight")]
            inputs = tensors[name + ".lora_A.weight"].shape[1]
            if b.ndim == 4:
                module = torch.nn.Conv2d(inputs, b.shape[0], 1)
            else:
                module = torch.nn.Linear(inputs, b.shape[0])
        elif name.endswith(".weight") and ".lora_A." not in name:
            name, module = name[: -len(".weight")], torch.nn.Linear(b.shape[1], b.shape[0])
        else:
            continue
        *parents, last = name.split(".")
        at = model
        for parent in parents:
            if not hasattr(at, parent):
                at.add_module(parent, torch.nn.Module())
            at = getattr(at, parent)
        at.add_module(last, module)
    return model


def with_peft(folder):
    from peft import PeftModel
    from peft.utils import ModulesToSaveWrapper

    config, tensors = read(folder)
    model = PeftModel.from_pretrained(base_model(tensors), folder).base_model.model
    for name, module in model.named_modules():
        if hasattr(module, "get_delta_weight"):
            delta = module.get_delta_weight("default").detach().numpy()
            yield "delta", name, delta.reshape(delta.shape[:2])
            if name + ".base_layer.bias" in tensors:
                yield "bias", name, module.base_layer.bias.detach().numpy()
        if isinstance(module, ModulesToSaveWrapper):
            for key, value in module.modules_to_save["default"].named_parameters():
                yield key, name, value.detach().numpy()


if __name__ == "__main__":
    for kind, module, array in (with_peft if "--peft" in sys.argv else with_numpy)(sys.argv[1]):
        print(kind, module, *array.shape, *map(repr, map(float, array.ravel())))
