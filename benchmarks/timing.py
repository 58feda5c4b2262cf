"""Medians of CPU time on one thread, the candidates taken in turn so that a busy machine is unfair to none of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

import torch


def medians(candidates: Mapping[str, Callable[[], object]], repeats: int = 9) -> dict[str, float]:
    """Milliseconds of CPU time (``time.process_time``) of each candidate: the median after one run to warm up."""
    torch.set_num_threads(1)
    for call in candidates.values():
        call()
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    gc.disable()
    try:
        for _ in range(repeats):
            for name, call in candidates.items():
                start = time.process_time()
                call()
                samples[name].append(1000 * (time.process_time() - start))
            gc.collect()
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in samples.items()}


def saved_megabytes(call: Callable[[], torch.Tensor]) -> float:
    """What a forward pass keeps for its backward pass: the storages that autograd saves, each counted once."""
    storages: dict[int, int] = {}
    kept = []  # so that no address is used twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = call()
    del result
    return sum(storages.values()) / 1e6


def show(title: str, head: list[str], lines: list[list[str]]) -> None:
    """Print a small table."""
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    print(f"\n{title}")
    for line in [head, ["-" * width for width in widths], *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
