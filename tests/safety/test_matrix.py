"""The safety matrix, each case once, the hands taking turns; benchmarks/safety_matrix.py has all of it.

Real processes; times are the simulated hand's own. EMGCTL_REPEAT=20 repeats it, with other hands each time.
"""

import os
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
from cases import CASES
from hands import HANDS, SAFE
from series import series

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and stops processes as Linux does"),
    pytest.mark.process,
    pytest.mark.slow,
]
REPEAT = int(os.environ.get("EMGCTL_REPEAT", "1"))
LATE_S = 0.5  # on a machine that does other things
BESIDE = 4  # hands that are tried at a time: mostly they wait
BY_KEY = {case.key: case for case in CASES}


def _turn(case, turn):
    """The hand and the safe state that a case is tried with."""
    hand = case.hands[(CASES.index(case) + turn) % len(case.hands)]
    return hand, list(SAFE)[(HANDS.index(hand) + turn) % len(SAFE)]


@pytest.fixture(scope="module")
def cells(request):
    """The cells of all tests that were chosen, by case and turn: each hand's one after the other, the hands beside."""
    chosen = defaultdict(list)
    for item in request.session.items:
        if item.module is request.module:
            case, turn = BY_KEY[item.callspec.params["key"]], item.callspec.params["turn"]
            chosen[(*_turn(case, turn), turn)].append(case)

    def measured(words):
        (hand, safe, turn), cases = words
        return [((f"{cell.case}, {cell.state}", turn), cell) for cell in series(hand, safe, cases, LATE_S)]

    with ThreadPoolExecutor(BESIDE) as pool:
        return dict(pair for pairs in pool.map(measured, chosen.items()) for pair in pairs)


@pytest.mark.parametrize("turn", range(REPEAT))
@pytest.mark.parametrize("key", BY_KEY)
def test_nothing_moves_that_was_not_meant(key, turn, cells):
    case = BY_KEY[key]
    cell = cells[f"{case.name}, {case.state}", turn]
    if cell.absent:
        pytest.skip(f"{cell.hand}: {cell.absent}")
    assert not cell.problems, f"{cell.hand}, safe state {cell.safe}: {'; '.join(cell.problems)}"
    assert cell.moved_again
