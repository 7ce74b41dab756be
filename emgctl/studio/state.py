"""A command and a run's figures as plain values, for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from emgctl.errors import LONGEST_TEXT, quoted
from emgctl.handmodel.closure import closures
from emgctl.stats import RunStats
from emgctl.types import Command, Gesture, Pose

_OUTPUT_KEYS = ("state", "is_there", "since_s", "last_error", "doing")


def state(command: Command) -> dict[str, Any]:
    """What is decided and what is driven now."""
    return {
        "type": "state",
        "time_s": _finite(command.time_s),
        "reason": quoted(command.reason),
        "cause": command.cause,
        "axes": {name: round(float(value), 4) for name, value in command.axes.items()},
        "buttons": sorted(command.buttons),
        "joints": {name: round(float(value), 4) for name, value in command.joints.items()},
        "layer": command.layer,
        "prediction": _prediction(command),
    }


def figures(stats: RunStats) -> dict[str, Any]:
    """The run's figures that are displayed."""
    return {
        "state": stats.state,
        "reason": quoted(stats.reason),
        "latency_us": {"p50": stats.latency_us.p50, "p99": stats.latency_us.p99},
        "samples": stats.samples,
        "samples_lost": stats.samples_lost,
        "gaps": stats.gaps,
        "signal_s": stats.signal_s,
        "reconnects": stats.reconnects,
        "cpu_share": stats.cpu_share,
        "bad_electrodes": stats.device.get("bad_electrodes", {}),
        "battery": stats.device.get("battery"),
        "outputs": {one.name: {key: getattr(one, key) for key in _OUTPUT_KEYS} for one in stats.output_states()},
        "telemetry": stats.telemetry,
        "profile": asdict(stats.profile) | {"reasons": [quoted(one, LONGEST_TEXT) for one in stats.profile.reasons]},
    }


def _prediction(command: Command) -> dict[str, Any] | None:
    found = command.prediction
    if isinstance(found, Gesture):
        return {
            "label": found.label,
            "confidence": _finite(found.confidence),
            "intensity": _finite(found.intensity),
            "rejected": found.rejected,
            "probabilities": {name: round(float(value), 4) for name, value in found.probabilities.items()},
            "levels": {name: round(float(value), 3) for name, value in found.levels.items()},
        }
    if isinstance(found, Pose):
        return {
            "fingers": {name: round(share, 3) for name, share in closures(found.joints, found.angles_rad).items()},
            "confidence": _finite(found.confidence),
            "intensity": _finite(found.intensity),
        }
    return None


def _finite(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None
