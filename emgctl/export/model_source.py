"""The constants of a program as C: ``emg_model.h`` and ``emg_model.c``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emgctl import __version__
from emgctl.dsp.preprocessing import HOLD_S, envelope_sections, linear_sections, power_section
from emgctl.export.card import card_text
from emgctl.export.literals import array, real, text
from emgctl.export.pose_source import pose_constants, pose_values
from emgctl.export.program import Program
from emgctl.inference.postprocessing import rules_by_label
from emgctl.inference.smoothing import CHANGES_PER_OBSERVATION, LEAST_PROBABILITY
from emgctl.runtime.stream.signal_checks import STILL_AT_MOST_S

SMOOTHINGS = ("mean", "majority", "evidence")


def model_sources(program: Program) -> dict[str, str]:
    """The files by name."""
    return {"emg_model.h": _header(program), "emg_model.c": _constants(program)}


def _header(program: Program) -> str:
    spec, safety, steps = program.spec, program.safety, program.spec.preprocessing
    rate, channels = spec.signal.rate_hz, spec.signal.channels
    values: dict[str, object] = {
        "EMG_NAME": text(program.name),
        "EMG_MODEL_SHA256": text(program.model.sha256),
        "EMG_MADE_BY": text(f"emgctl {__version__}"),
        "EMG_CHANNELS": channels,
        "EMG_RATE_HZ": real(rate),
        "EMG_UNIT": text(spec.signal.unit),
        "EMG_WINDOW": f"{spec.length} /* samples */",
        "EMG_HOP": f"{spec.hop} /* samples from one decision to the next */",
        **(_decisions(program) if program.pose is None else pose_values(program, program.pose)),
        "EMG_STALE_AFTER_S": f"{real(safety.stale_after_s)}f",
        "EMG_WAIT_FOR_REST": int(safety.wait_for_rest),
        "EMG_BRIDGE": f"{round(safety.bridge_s * rate)} /* lost samples that are bridged */",
        "EMG_FROZEN_AFTER": max(1, round(STILL_AT_MOST_S * rate)),
        "EMG_FILTERED": int(not steps.nothing),
        "EMG_LIMITED": int(bool(steps.limits)),
        "EMG_HOLD": round(HOLD_S * rate),
        "EMG_LINEAR_SECTIONS": _count(linear_sections(steps, rate)),
        "EMG_COMMON_AVERAGE": len(_averaged(program)),
        "EMG_NORMALISED": int(bool(steps.normalise_s)),
        "EMG_RECTIFIED": int(steps.rectify),
        "EMG_ENVELOPE_SECTIONS": _count(envelope_sections(steps, rate)),
        "EMG_REORDERED": int(program.model.channel_order is not None),
    }
    lines = [f"#define {name} {value}" for name, value in values.items()]
    return "\n".join(
        [
            "/* Constants of the exported decoder; written by emgctl export. */",
            "#ifndef EMG_MODEL_H\n#define EMG_MODEL_H\n",
            *lines,
            '\n#ifdef __cplusplus\nextern "C" {\n#endif\n',
            "extern const char *const emg_labels[EMG_LABELS];"
            if program.pose is None
            else "extern const char *const emg_joints[EMG_JOINTS];",
            "extern const char emg_card[]; /* what the decoder is, as JSON */",
            "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
        ]
    )


def _decisions(program: Program) -> dict[str, object]:
    """What gestures are decided by."""
    post = program.postprocessing
    smoothing = "mean" if post.smoothing == "none" else post.smoothing
    windows = 1 if post.smoothing == "none" else post.smoothing_windows
    return {
        "EMG_JOINTS": 0,
        "EMG_MODEL_LABELS": f"{len(program.labels)} /* that the model has probabilities of */",
        "EMG_LABELS": f"{len(program.states)} /* that can be decided */",
        "EMG_REST": program.states.index(program.rest),
        "EMG_SEES_REST": int(bool(program.spec.rest)),
        "EMG_REST_BELOW_INTENSITY": real(post.rest_below_intensity),
        **{f"EMG_{name.upper()}": number for number, name in enumerate(SMOOTHINGS)},
        "EMG_SMOOTHING": f"EMG_{smoothing.upper()}",
        "EMG_SMOOTHED": f"{windows} /* windows */",
        "EMG_SHARE": real(1 / windows),
        "EMG_CHANGE": real(CHANGES_PER_OBSERVATION / windows),
        "EMG_LEAST": real(LEAST_PROBABILITY),
    }


def _rules(program: Program) -> list[str]:
    states = program.states
    rules = rules_by_label(program.postprocessing, states, program.rest)
    parts = [array("char *const", "emg_labels", map(text, states))]
    for name, rule in zip(("emg_enter", "emg_stay", "emg_dwell_s"), rules, strict=True):
        parts.append(array("double", name, (real(rule[label]) for label in states)))
    return parts


def _constants(program: Program) -> str:
    spec, steps = program.spec, program.spec.preprocessing
    rate, order = spec.signal.rate_hz, program.model.channel_order
    parts = _rules(program) if program.pose is None else pose_constants(program, program.pose)
    parts.append(f"const char emg_card[] =\n    {text(card_text(program))};\n")
    if steps.limits:
        parts.append(array("double", "emg_limits", map(real, steps.limits)))
    if (sections := linear_sections(steps, rate)) is not None:
        parts.append(_sections("emg_linear", sections))
    if (sections := power_section(steps, rate)) is not None:
        parts += [_sections("emg_power", sections), array("double", "emg_levels", map(real, steps.levels))]
    if (sections := envelope_sections(steps, rate)) is not None:
        parts.append(_sections("emg_envelope", sections))
    if averaged := _averaged(program):
        parts.append(array("uint16_t", "emg_averaged", map(str, averaged)))
    if order is not None:
        parts.append(array("uint16_t", "emg_order", map(str, order.tolist())))
    return "\n".join(["/* Written by emgctl export. */", '#include "emg_internal.h"\n', *parts])


def _averaged(program: Program) -> Sequence[int]:
    steps = program.spec.preprocessing
    channels = range(program.spec.signal.channels)
    return [place for place in channels if place not in steps.ignored] if steps.car else []


def _count(sections: Any) -> int:
    return 0 if sections is None else len(sections)


def _sections(name: str, sections: Any) -> str:
    from scipy.signal import sosfilt_zi

    rows = []
    for section, settled in zip(sections, sosfilt_zi(sections), strict=True):
        numbers = [*section[:3], *section[4:], *settled]
        rows.append("{" + ", ".join(map(real, numbers)) + "}")
    return array("struct emg_section", name, rows)
