"""The content of ``emgctl data plot`` for one recording: plots and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from emgctl.errors import UsageError
from emgctl.explore.page import Part, Picture, Table
from emgctl.explore.spectrum import Spectrum, spectrum, spectrum_png
from emgctl.explore.timelines import joints_png, levels_png, signals_png
from emgctl.explore.view import View
from emgctl.recording.extent import assessed, deviations


def plot(view: View) -> tuple[list[Part], dict[str, Any]]:
    """Plots and tables of a recording, and all results as JSON."""
    try:
        found: Spectrum | None = spectrum(view)
    except UsageError:  # too short for a spectrum, but the rest can be shown
        found = None
    result = _numbers(view, found)
    parts: list[Part] = [_channels(result), Picture("Signals", signals_png(view))]
    if found is not None:
        parts.append(Picture("Power spectral density", spectrum_png(view, found)))
    parts.append(Picture("Strength over time", levels_png(view)))
    if view.pose is not None:
        parts.append(Picture("Joint angles", joints_png(view, view.pose)))
    return parts, result


def _numbers(view: View, found: Spectrum | None) -> dict[str, Any]:
    """The results for the JSON file, with one entry per channel and joint."""
    one = view.recording
    rms, peak = deviations(one.samples)
    channels: list[dict[str, Any]] = []
    for place, name in enumerate(view.channels):
        channels.append({
            "channel": name,
            "rms": float(rms[place]),
            "peak": float(peak[place]),
            "median_hz": None if found is None else _number(found.median_hz[place]),
            "mains_share": None if found is None or not found.mains_hz else float(found.mains[place]),
        })  # fmt: skip
    result: dict[str, Any] = {
        "recording": one.name,
        "source": one.source,
        "signal": str(one.signal),
        "from_s": view.begin_s,
        "to_s": view.end_s,
        "mains_hz": None if found is None else found.mains_hz or None,
        "channels": channels,
        "troubles": [str(trouble) for trouble in assessed(one)],
    }
    if view.pose is not None:
        degrees = np.degrees(view.pose.values)
        result["joints_deg"] = {
            joint: {"least": _number(np.nanmin(values)), "mean": _number(np.nanmean(values)),
                    "greatest": _number(np.nanmax(values))}
            for joint, values in zip(view.pose.joints, degrees.T, strict=True) if np.isfinite(values).any()
        }  # fmt: skip
    return result


def _channels(result: dict[str, Any]) -> Table:
    unit = "µV" if result["signal"].endswith("uV") else "counts"
    rows = [
        (one["channel"], f"{one['rms']:.4g}", f"{one['peak']:.4g}",
         "-" if one["median_hz"] is None else f"{one['median_hz']:.0f}",
         "-" if one["mains_share"] is None else f"{100 * one['mains_share']:.1f} %")
        for one in result["channels"]
    ]  # fmt: skip
    mains = f"mains {result['mains_hz']:g} Hz" if result["mains_hz"] else "mains"
    title = f"{result['recording']}: {result['signal']}, {result['from_s']:g} to {result['to_s']:g} s"
    return Table(title, ("channel", f"RMS, {unit}", f"peak, {unit}", "median Hz", mains), rows)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
