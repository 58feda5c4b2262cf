"""The sequence task: torch's LSTM gives the same numbers, each row is a network of its own, sequences are what they say."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from mddl_lib.optimizers.optimizees.sequences import LENGTH, Sequences


def seeded(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def torchs(problem: Sequences, row: torch.Tensor) -> tuple[nn.LSTM, nn.Linear]:
    """torch's modules with the weights of one row."""
    memory = nn.LSTM(1, problem.width, problem.layers, batch_first=True).double()
    readout = nn.Linear(problem.width, 1).double()
    pieces = [p.view(s) for p, s in zip(row.split([math.prod(s) for s in problem.shapes]), problem.shapes, strict=True)]
    with torch.no_grad():
        for layer in range(problem.layers):
            weight, bias = pieces[2 * layer], pieces[2 * layer + 1]
            before = weight.shape[0] - problem.width
            getattr(memory, f"weight_ih_l{layer}").copy_(weight[:before].T)
            getattr(memory, f"weight_hh_l{layer}").copy_(weight[before:].T)
            getattr(memory, f"bias_ih_l{layer}").copy_(bias)
            getattr(memory, f"bias_hh_l{layer}").zero_()
        readout.weight.copy_(pieces[-2].T)
        readout.bias.copy_(pieces[-1])
    return memory, readout


@pytest.mark.parametrize("layers", [1, 2])
def test_it_is_torchs_lstm(layers: int) -> None:
    problem = Sequences(0.1, layers, width=6, batch=9).to(torch.float64)
    x = 3 * problem.start(2, seeded())
    (chosen,) = problem.draw(1, 2, seeded(1))
    values, gradients = problem.value_and_gradient(x, chosen)
    assert torch.equal(values, problem.value(x, chosen))
    for row, drawn, value, gradient in zip(x, chosen, values, gradients, strict=True):
        memory, readout = torchs(problem, row)
        outputs, _ = memory(drawn[:, :LENGTH, None])
        expected = (readout(outputs[:, -1])[:, 0] - drawn[:, LENGTH]).square().mean()
        assert abs(expected - value) < 1e-12
        expected.backward()
        assert (readout.weight.grad[0] - gradient[-problem.width - 1 : -1]).abs().max() < 1e-12
        first = 4 * problem.width
        assert (memory.weight_ih_l0.grad[:, 0] - gradient[:first]).abs().max() < 1e-12


def test_sizes_are_the_papers() -> None:
    assert Sequences().size == 1781
    assert Sequences(layers=2).size == 5061


def test_what_is_predicted_has_no_noise_and_what_is_seen_has() -> None:
    quiet, noisy = (Sequences(noise, batch=2000).draw(1, 1, seeded())[0, 0].double() for noise in (0.0, 0.1))
    assert torch.equal(quiet[:, LENGTH], noisy[:, LENGTH])
    assert (noisy - quiet)[:, :LENGTH].std() == pytest.approx(0.1, rel=0.02)
    # a sine of frequency w obeys s(k+1) + s(k-1) = 2 cos(w) s(k), so the ratio lies between 2 cos(pi/2) and 2
    large = quiet[:, 4].abs() > 1
    ratio = ((quiet[:, 5] + quiet[:, 3]) / quiet[:, 4])[large]
    assert -1e-4 < ratio.min() < 0.1
    assert 1.9 < ratio.max() < 2 + 1e-4
    assert 9.5 < quiet.abs().max() <= 10


def test_a_run_does_not_depend_on_its_neighbours() -> None:
    problem = Sequences(batch=4).to(torch.float64)
    x, (chosen,) = problem.start(3, seeded()), problem.draw(1, 3, seeded(1))
    _, together = problem.value_and_gradient(x, chosen)
    _, alone = problem.value_and_gradient(x[1:2], chosen[1:2])
    assert (together[1] - alone[0]).abs().max() < 1e-14


def test_bad_parameters_are_named() -> None:
    with pytest.raises(ValueError, match=r"parameters have the shape \(1, 3\): expected \(B, 1781\)"):
        Sequences().value(torch.zeros(1, 3), Sequences().draw(1, 1, seeded())[0])


def test_the_record_names_the_rule() -> None:
    first, second = Sequences(0.1).description(), Sequences(0.01, 2).description()
    assert first["data_sha256"] == second["data_sha256"]
    assert (second["noise"], second["layers"]) == (0.01, 2)
