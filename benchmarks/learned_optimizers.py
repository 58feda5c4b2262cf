"""HyperAdam: one update, and the gradient of a 20-step unroll, against the formulas written down and differentiated by torch.func.

The peer is what one writes first: layers as matrix products, ``torch.nn.LSTMCell``'s formula gate by gate, norms divided out of the
fields, the optimizee's gradient by ``torch.func.grad`` and the meta-gradient by ``torch.func.grad`` through the whole unroll. Its
values are held to the library's. For the update there is the library peer too: ``torch.optim.Adam`` on as many parameters.
"""

from __future__ import annotations

import argparse

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad, vmap

from benchmarks.timing import medians, saved_megabytes, show
from mddl_lib.optimizers.learned import HyperAdam
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron

GOAL = 1.0
"""the library takes at most so many times the peer's time"""
Weights = dict[str, Tensor]
State = tuple[Tensor, ...]


def naive_update(w: Weights, g: Tensor, state: State) -> tuple[Tensor, State]:
    """Algorithm 2 for gradients (n,): state, cell (n, J); mean, square and their corrections (n, J)."""
    s, c, m, v, m_fix, v_fix = state
    x = F.elu((g / g.norm())[:, None] @ w["state_cell.linear.weight"].T + w["state_cell.linear.bias"])
    gates = x @ w["state_cell.memory.weight_ih"].T + w["state_cell.memory.bias_ih"]
    gates = gates + s @ w["state_cell.memory.weight_hh"].T + w["state_cell.memory.bias_hh"]
    i, f, a, o = gates.chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(a)
    s = torch.sigmoid(o) * torch.tanh(c)
    fields = torch.cat([s / s.norm(dim=0).clamp_min(1e-20), m / m.norm(dim=0).clamp_min(1e-20)], dim=1)
    beta, gamma = torch.sigmoid(fields @ w["adam_cell.linear.weight"].T + w["adam_cell.linear.bias"]).chunk(2, dim=1)
    m, v = beta * m + (1 - beta) * g[:, None], gamma * v + (1 - gamma) * g[:, None] ** 2
    m_fix, v_fix = beta * m_fix + (1 - beta), gamma * v_fix + (1 - gamma)
    candidates = (m / m_fix) / torch.sqrt(v / v_fix + 1e-24)
    weights = F.elu(s @ w["weight_cell.linear.weight"].T + w["weight_cell.linear.bias"])
    return -0.005 * (weights * candidates).sum(1), (s, c, m, v, m_fix, v_fix)


def naive_loss(x: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of the perceptron 784-20-10 with sigmoids, its parameters in one vector."""
    inputs = images.shape[1]
    w1, b1, w2, b2 = x.split([inputs * 20, 20, 200, 10])
    hidden = torch.sigmoid(images @ w1.view(inputs, 20) + b1)
    return F.cross_entropy(hidden @ w2.view(20, 10) + b2, labels)


def naive_unroll(w: Weights, x: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    """The mean loss of an unroll; each inner gradient counts as a number."""
    state = tuple(torch.zeros(len(x), 20) for _ in range(6))
    losses = []
    for step_images, step_labels in zip(images, labels, strict=True):
        g = grad(naive_loss)(x.detach(), step_images, step_labels).detach()
        losses.append(naive_loss(x, step_images, step_labels))
        d, state = naive_update(w, g, state)
        x = x + d
    return torch.stack(losses).mean()


def library_unroll(network: HyperAdam, problem: Perceptron, x: Tensor, chosen: Tensor) -> Tensor:
    """The same by the library, without the random units of a training."""
    state, losses = network.init(x), []
    for one in chosen:
        values, gradients = problem.value_and_gradient(x.detach(), one)
        losses.append(values + (gradients * (x - x.detach())).sum(-1))
        d, state = network.update(gradients, state, x)
        x = x + d
    return torch.stack(losses).mean()


def main(pixels: int = 784, steps: int = 20, runs: int = 2, repeats: int = 3) -> dict[str, float]:
    """Print the tables; return {"update": the library's time over the peer's, "meta-gradient": …}."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    digits = Digits.random(2000, pixels)
    problem, network = Perceptron(digits), HyperAdam()
    generator = torch.Generator().manual_seed(0)
    x, chosen = problem.start(runs, generator), problem.draw(steps, runs, generator)
    images, labels = digits.images[chosen].transpose(0, 1), digits.labels[chosen].transpose(0, 1)  # runs first
    w = {name: value.detach() for name, value in network.named_parameters()}

    _, g = problem.value_and_gradient(x, chosen[0])
    state, plain = network.init(x), tuple(torch.zeros(runs, problem.size, 20) for _ in range(6))
    adam = torch.optim.Adam([torch.nn.Parameter(x.clone())])
    adam.param_groups[0]["params"][0].grad = g
    with torch.no_grad():
        update = {
            "library": lambda: network.update(g, state, x)[0],
            "the formulas": lambda: vmap(naive_update, (None, 0, 0))(w, g, plain)[0],
            "torch.optim.Adam": lambda: adam.step() or x,
        }
        apart = float((update["library"]() - update["the formulas"]()).abs().max())
        found = medians(update, 5 * repeats)
    lines = [[name, f"{v:.1f}", f"{v / found['the formulas']:.2f}"] for name, v in found.items()]
    show(
        f"one update, {runs} x {problem.size} parameters (difference {apart:.0e})",
        ["form", "ms", "times the formulas"],
        lines,
    )

    def by_library() -> list[Tensor]:
        return list(torch.autograd.grad(library_unroll(network, problem, x, chosen), list(network.parameters())))

    def by_func() -> list[Tensor]:
        def loss(weights: Weights) -> Tensor:
            return vmap(naive_unroll, (None, 0, 0, 0))(weights, x, images, labels).mean()

        return list(grad(loss)(w).values())

    forms = {"library": by_library, "torch.func": by_func}
    values = {name: torch.cat([part.flatten() for part in form()]) for name, form in forms.items()}
    apart = float((values["library"] - values["torch.func"]).norm() / values["library"].norm())
    meta = medians(forms, repeats)
    lines = [[name, f"{v:.0f}", f"{v / meta['torch.func']:.2f}"] for name, v in meta.items()]
    show(f"gradient of {steps} steps (relative difference {apart:.0e})", ["form", "ms", "times torch.func"], lines)
    kept = saved_megabytes(lambda: library_unroll(network, problem, x, chosen))
    print(f"the library keeps {kept:.0f} MB for the way back")
    ratios = {"update": found["library"] / found["the formulas"], "meta-gradient": meta["library"] / meta["torch.func"]}
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f} times the peer (goal: {GOAL})")
    return ratios


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    main(repeats=parser.parse_args().repeats)
