"""The safety matrix: each fault with each simulated hand, measured on the hand's own clock.

    python benchmarks/safety_matrix.py --repeat 20 [--busy] [--hands ability lines] [--cases STOP] [--jobs 2]

Every cell is a real `emgctl run` that drives a simulated hand; while the hand closes slowly, something goes wrong.
Measured is when the last movement began that no decision asked for, whether the configured safe state was reached
(cells take turns with "hold" and "open"), and whether it moves again after rest and not before. Prints a table;
--json FILE keeps every cell, --markdown FILE the table. With --busy, one process a core computes meanwhile. Linux.
"""

import argparse
import contextlib
import multiprocessing
import os
import signal
import statistics
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "safety")]

import hands  # noqa: E402
from cases import CASES  # noqa: E402
from hand_keepalive import busy  # noqa: E402
from rig import descendants  # noqa: E402
from series import series  # noqa: E402

STOP_S, BUSY_STOP_S = 0.05, 0.15


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--hands", nargs="+", default=hands.HANDS)
    parser.add_argument("--safe", nargs="+", default=list(hands.SAFE))
    parser.add_argument("--cases", nargs="+", default=[""], help="only those whose name has one of these")
    parser.add_argument("--jobs", type=int, default=1, help="hands at a time; more than one may disturb the times")
    parser.add_argument("--lsl", action="store_true", help="the runs offer LSL streams as well")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    wanted = parser.parse_args()
    cases = [case for case in CASES if any(part in case.key for part in wanted.cases)]
    load = [multiprocessing.Process(target=busy, daemon=True) for _ in range(os.cpu_count() or 1 if wanted.busy else 0)]
    for one in load:
        one.start()
    signal.signal(signal.SIGTERM, end_all)
    begun_s = time.monotonic()
    rounds = [
        (hand, wanted.safe[(turn + place) % len(wanted.safe)], cases)
        for turn in range(wanted.repeat)
        for place, hand in enumerate(wanted.hands)
    ]
    file = wanted.json.open("w") if wanted.json else None

    def one_round(words):
        cells = []
        for cell in series(*words, lsl=wanted.lsl):
            cells.append(cell)
            if not cell.good:
                print(f"{cell.hand}, {cell.safe}: {cell.case}, {cell.state}: {'; '.join(cell.problems)}", flush=True)
            if file:
                file.write(cell.as_json() + "\n")
                file.flush()
        return cells

    with ThreadPoolExecutor(wanted.jobs) as pool:
        cells = [cell for found in pool.map(one_round, rounds) for cell in found]
    for one in load:
        one.kill()
    text = table(cells, wanted.busy)
    print(text)
    print(f"{time.monotonic() - begun_s:.0f} s")
    if wanted.markdown:
        wanted.markdown.write_text(text + "\n")


def end_all(*_):
    """Leave no run behind that goes on driving, or waiting for, a hand."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os._exit(1)


def table(cells, is_busy):
    """The matrix, a line for each case and state, the hands together, then STOP and the other outputs."""
    groups = defaultdict(list)
    for cell in cells:
        groups[cell.case, cell.state].append(cell)
    lines = [
        "| case | state | n | good | unintended | stop p50, max (ms) | safe | again after rest | others max (ms) | "
        "fails with |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (case, state), found in groups.items():
        measured = [cell for cell in found if not cell.absent]
        if not measured:
            lines.append(f"| {case} | {state} | 0 | | | | | | | {found[0].absent} |")
            continue
        stops_ms = [1000 * cell.stop_s for cell in measured if cell.stop_s is not None]
        others_ms = [1000 * at_s for cell in measured for at_s in cell.others_s.values() if at_s is not None]
        bad = sorted({cell.hand for cell in measured if not cell.good}, key=hands.HANDS.index)
        columns = [
            case, state, len(measured), sum(cell.good for cell in measured), sum(cell.unintended for cell in measured),
            f"{statistics.median(stops_ms):.0f}, {max(stops_ms):.0f}" if stops_ms else "",
            _share(cell.safe_reached for cell in measured), _share(cell.moved_again for cell in measured),
            f"{max(others_ms):.0f}" if others_ms else "", ", ".join(bad),
        ]  # fmt: skip
        lines.append("| " + " | ".join(map(str, columns)) + " |")
    return "\n".join([*lines, "", *_stops(cells, is_busy)])


def _share(values):
    known = [value for value in values if value is not None]
    return f"{sum(known)} of {len(known)}" if known else ""


def _stops(cells, is_busy):
    """STOP to stopped, by the hand's clock, and until the answer."""
    bound_s = BUSY_STOP_S if is_busy else STOP_S
    yield f"Bar of STOP: p99 below {1000 * bound_s:.0f} ms.\n"
    by_state = defaultdict(list)
    for cell in cells:
        if cell.case.startswith(("STOP", "kill by")) and cell.stop_s is not None:
            by_state[cell.state].append(cell)
    for state, found in by_state.items():
        stops_ms = sorted(1000 * cell.stop_s for cell in found)
        answers_ms = sorted(1000 * cell.answer_s for cell in found if cell.answer_s is not None)
        p99_ms = stops_ms[min(int(0.99 * len(stops_ms)), len(stops_ms) - 1)]
        answered = f", answered after {statistics.median(answers_ms):.1f}, {answers_ms[-1]:.1f}" if answers_ms else ""
        yield (
            f"- STOP, {state}: n {len(found)}, p50 {statistics.median(stops_ms):.0f}, p99 {p99_ms:.0f}, "
            f"max {stops_ms[-1]:.0f} ms{answered} (p50, max)"
        )


if __name__ == "__main__":
    main()
