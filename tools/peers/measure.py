"""What the PyTorch peers share: a training step, its timing, and one line of JSON."""
import json
import resource
import time

import torch
import torch.nn.functional as F


def training_step(network, images, labels):
    """A step of Adam on what the network trains."""
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], 1e-3)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return step


def report(step, steps, network, **labels):
    """Times calls of `step` after one to warm up; peakBytes is the largest resident size of the process."""
    times = []
    for _ in range(steps + 1):
        begin = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - begin))
    times = sorted(times[1:])
    print(
        json.dumps(
            {
                **labels,
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
                "trained": sum(p.numel() for p in network.parameters() if p.requires_grad),
                "medianMillis": round(times[len(times) // 2], 1),
                "minMillis": round(times[0], 1),
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )
