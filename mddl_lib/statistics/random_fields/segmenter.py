"""A small unary network, and what may follow it: nothing, a CRF-RNN, or as many plain convolutions.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.random_fields.crf_rnn import CRFRNN, FieldState
from mddl_lib.statistics.random_fields.dense_crf import Filter
from mddl_lib.statistics.random_fields.filters import Bandwidths, check_features, kernels

AFTER = ("nothing", "crf_rnn", "convolutions")


class Segmenter(nn.Module):
    """From a grey image to the logits of each label.

    The unary network: five 3 × 3 convolutions with growing gaps (1, 2, 4, 8, 1), so that a pixel sees 33 × 33, and a 1 × 1 one.

    :param labels: L.
    :param after: "nothing", "crf_rnn" (five turns), or "convolutions" (five of 3 × 3 from logits to logits, added to them).
    :param filters: of a layer.
    :param alpha: θ of the kernels, as :class:`~mddl_lib.statistics.random_fields.filters.Bandwidths` has them; not learned.
    :raises ValueError: for another word, or counts that are none.
    """

    family = "segmenter"

    def __init__(
        self,
        labels: int,
        after: str = "nothing",
        filters: int = 12,
        turns: int = 5,
        alpha: float = 8.0,
        beta: float = 0.15,
        gamma: float = 2.0,
    ) -> None:
        super().__init__()
        arguments.counts(2, labels=labels)
        arguments.counts(1, filters=filters, turns=turns)
        if after not in AFTER:
            raise ValueError(f"after is {after!r}: expected one of {', '.join(AFTER)}")
        arguments.positive(alpha=alpha, beta=beta, gamma=gamma)
        self.bandwidths = Bandwidths(alpha, beta, gamma)
        self.config = {
            "labels": labels,
            "after": after,
            "filters": filters,
            "turns": turns,
            **self.bandwidths._asdict(),
        }
        layers: list[nn.Module] = []
        for number, gap in enumerate((1, 2, 4, 8, 1)):
            layers += [nn.Conv2d(filters if number else 1, filters, 3, padding=gap, dilation=gap), nn.ReLU()]
        self.unary = nn.Sequential(*layers, nn.Conv2d(filters, labels, 1))
        self.field = CRFRNN(labels, turns) if after == "crf_rnn" else None
        self.convolutions = None
        if after == "convolutions":
            wide = [labels, *([filters] * (turns - 1)), labels]
            parts = [nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(wide)]
            self.convolutions = nn.Sequential(*[step for part in parts for step in (part, nn.ReLU())][:-1])
            nn.init.zeros_(parts[-1].weight)
            nn.init.zeros_(parts[-1].bias)

    def iterates(
        self, image: Tensor, turns: int | None = None, filters: Sequence[Filter] | None = None
    ) -> Iterator[FieldState]:
        """The states of the CRF-RNN, the unary's first; of another network its last state alone.

        :param turns: None: as trained.
        :param filters: the image's, with this network's bandwidths, where they are at hand; None: made here.
        """
        check_features(image)
        logits = self.unary(2 * image - 1)
        if self.field is None:
            yield FieldState(logits if self.convolutions is None else logits + self.convolutions(logits))
            return
        filters = kernels(image, self.bandwidths) if filters is None else filters
        state = self.field.start(logits, filters)
        yield state
        for _ in range(self.field.turns if turns is None else turns):
            state = self.field.stages[0](state, logits, filters)
            yield state

    def forward(self, image: Tensor, turns: int | None = None) -> Tensor:
        """Logits, (B, L, H, W), of images (B, 1, H, W) from 0 to 1.

        :raises ValueError: for another shape, or NaN.
        """
        for state in self.iterates(image, turns):
            last = state
        return last.estimate
