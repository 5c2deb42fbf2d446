"""What the PyTorch peers share: timing a step and printing one line of JSON."""
import json
import resource
import time

import torch


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
