"""The figures of a run of several inputs, from those of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from emgctl.stats import RunStats

_SUMS = ("samples", "blocks", "gaps", "samples_lost", "samples_repeated", "windows_decoded", "windows_skipped")
_COUNTS = ("commands", "dropped", "replaced", "failures", "reconnects")


def combined(inputs: Mapping[str, RunStats]) -> RunStats:
    """One set of figures: counts added up, delays of the slowest input, the state of the first that is not fresh."""
    every = list(inputs.values())
    slowest = max(every, key=lambda one: one.latency_us.p99 or 0.0)
    troubled = next((name for name, one in inputs.items() if one.state != "fresh"), "")
    shown = inputs[troubled] if troubled else every[0]
    return replace(
        slowest,
        **{name: sum(getattr(one, name) for one in every) for name in (*_SUMS, "reconnects")},
        decisions=_sums(one.decisions for one in every),
        faults=_sums(one.faults for one in every),
        device={name: one.device for name, one in inputs.items()},
        outputs=_outputs(inputs),
        telemetry={name: values for one in every for name, values in one.telemetry.items()},
        transitions=[{"input": name, **change} for name, one in inputs.items() for change in one.transitions],
        state=shown.state,
        reason=f"{troubled}: {shown.reason}" if troubled and shown.reason else shown.reason,
        profile=next((one.profile for one in every if one.profile.state != "in effect"), every[0].profile),
        signal_s=max(one.signal_s for one in every),
        inputs=dict(inputs),
    )


def _sums(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _outputs(inputs: Mapping[str, RunStats]) -> dict[str, Mapping[str, Any]]:
    """Each output once; of a shared one, all commands and the state of the input that it is lost to."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in inputs.values():
        for state in one.output_states():
            new = one.outputs[state.name]
            old = found.get(state.name, new)
            counts = {key: old[key] + new[key] for key in _COUNTS} if old is not new else {}
            found[state.name] = {**(old if state.is_there else new), **counts}
    return found
