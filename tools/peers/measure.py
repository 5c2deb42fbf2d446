"""What the PyTorch peers share: a training step, timing, and one line of JSON."""
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


def timed(seconds, least, action):
    """Sorted milliseconds of calls, after as long to warm up."""
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        times.append(0)
        action()
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        begin = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - begin))
    return sorted(times)


def summary(network, step, **more):
    """One line of JSON from a step's sorted milliseconds; peakBytes is the largest resident size of the process."""
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
                "trained": sum(p.numel() for p in network.parameters() if p.requires_grad),
                "medianMillis": round(step[len(step) // 2], 1),
                "minMillis": round(step[0], 1),
                **more,
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


def report(step, steps, network, **labels):
    """Times calls of `step` after one to warm up."""
    times = []
    for _ in range(steps + 1):
        begin = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - begin))
    summary(network, sorted(times[1:]), **labels)
