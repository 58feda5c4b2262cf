"""The paired t-test behind a claim: scipy's p, what it decides, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from mddl_lib.results.claims.claim import Claim
from mddl_lib.results.claims.verdicts import holds, measured
from mddl_lib.results.metric import Metric, Unit
from mddl_lib.results.scores import paired

from .kinds import dice_table

METRIC, UNIT = Metric("dice", "higher"), Unit("subject", "subjects")


def test_p_is_the_paired_t_tests() -> None:
    random = np.random.default_rng(0)
    for count, shift in ((2, 0.5), (7, 0.1), (7, 0.8), (40, 0.2)):
        one, other = random.normal(shift, 1, count), random.normal(0, 1, count)
        assert paired(one, other, METRIC, UNIT).p == pytest.approx(ttest_rel(one, other).pvalue, rel=1e-9)
    assert math.isnan(paired([1.0], [0.0], METRIC, UNIT).p)
    assert paired([1.0, 1.0], [1.0, 1.0], METRIC, UNIT).p == 1
    assert paired([2.0, 2.0], [1.0, 1.0], METRIC, UNIT).p == 0


def test_a_claim_with_a_p_needs_the_order_and_the_significance() -> None:
    near, far = [0.90, 0.92, 0.91, 0.93], [0.80, 0.83, 0.81, 0.84]
    table = dice_table(Fusion=(near, [1.0] * 4), Votes=(far, [1.0] * 4), Atlas=([0.95, 0.80, 0.99, 0.70], [1.0] * 4))
    column = table.columns[0]

    def claim(row: str, other: str, p: float) -> Claim:
        return Claim(row, column, "dice", better_than=other, p_below=p)

    assert holds(claim("Fusion (ours)", "Votes", 0.01), table) is True
    assert holds(claim("Votes", "Fusion (ours)", 0.01), table) is False  # as significant, the other way round
    assert holds(claim("Fusion (ours)", "Atlas", 0.01), table) is False  # better on average, and not significantly
    assert holds(Claim("Fusion (ours)", column, "dice", better_than="Atlas"), table) is True
    assert "p = " in measured(claim("Fusion (ours)", "Atlas", 0.01), table)
    assert "paired t-test p < 0.01" in str(claim("Fusion (ours)", "Atlas", 0.01))


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1])
def test_a_p_that_is_none_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="expected p_below between 0 and 1"):
        Claim("a", "all", "dice", better_than="b", p_below=p)


def test_a_p_without_a_row_to_compare_with_is_refused() -> None:
    with pytest.raises(ValueError, match="expected p_below"):
        Claim("a", "all", "dice", at_least=0.5, p_below=0.01)
