"""Turns orders into drive targets: grips, position or velocity control, limits, lock and safe states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emgctl_hand.drives import DRIVES, GRIPS, OPEN, SELECTED
from emgctl_hand.order import LASTING, Order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emgctl_hand.control_options import ControlOptions, Safe
    from emgctl_hand.drives import Closures

_LONGEST_STEP_S = 0.2  # a late step must not cause a jump


class HandControl:
    """Drive targets, stepped on the monotonic clock so that slow or missing decisions cause no movement.

    ``closures`` are the targets; ``powered`` is False while the drives are unpowered.
    """

    def __init__(self, options: ControlOptions) -> None:
        self._options = options
        self._grips = GRIPS | options.own_grips
        self.closures = dict(OPEN)
        self.powered = True
        self.locked = False
        self.grip = ""
        """The grip that is being made, "" for none."""
        self._safe: Safe | None = None
        self._label, self._since_s = "", 0.0
        self._before_s: float | None = None
        self._selected = 0
        self._moved_s: float | None = None
        self._touching: dict[str, bool] = {}  # drives, and whether closing was stopped by the current limit

    def found_at(self, closures: Closures) -> None:
        """Start from the hand's current position so that it does not jump on the first command."""
        self.closures |= {name: min(max(closures[name], 0.0), 1.0) for name in DRIVES if name in closures}

    def take_telemetry(self, closures: Closures, currents_a: Mapping[str, float]) -> None:
        """Take the drives' currents and positions; a drive over the current limit stops where it is."""
        most = self._options.most_current_a
        for name, current_a in currents_a.items():
            if most is not None and abs(current_a) > most:
                self._touching.setdefault(name, False)
        for name, here in closures.items():
            if self._touching.get(name) is False:
                self._touching[name] = True
                self.closures[name] = min(max(here, 0.0), self.closures[name])

    @property
    def doing(self) -> str:
        """The grip that is being made, and whether it is locked."""
        return ", ".join([*filter(None, [self.grip]), *["locked"] * self.locked])

    @property
    def settled(self) -> bool:
        """Whether the requested safe state has been reached, or none was requested."""
        if self._safe not in ("open", "relaxed"):
            return True
        return all(self.closures[name] == value for name, value in self._grips[self._safe].items())

    def wait(self, now_s: float) -> None:
        """Let time pass without moving any target."""
        self._before_s = now_s

    def step(self, order: Order, now_s: float) -> None:
        """Move the targets as ``order`` requires for the time since the last step."""
        step_s = 0.0 if self._before_s is None else min(max(now_s - self._before_s, 0.0), _LONGEST_STEP_S)
        self._before_s = now_s
        if order.reason or order.cause in LASTING:
            self._step_safely(order, step_s)
            return
        self._safe = None
        before = dict(self.closures)
        if order.joints:
            self._follow(order, step_s)
        elif order.label is not None:
            self._step_gesture(order.label, order.intensity, now_s, step_s)
        if self._moved_s is None or self.closures != before:
            self._moved_s = now_s
        idle_s = self._options.idle_off_s
        self.powered = idle_s is None or now_s - self._moved_s < idle_s

    def _step_safely(self, order: Order, step_s: float) -> None:
        """Apply the safe state configured for this cause until commands arrive again."""
        self.grip = ""
        if order.cause in LASTING:
            self._safe = getattr(self._options.safe, order.cause)
        self._label = ""
        if self._safe == "release_power":
            self.powered = False
        elif self._safe in ("open", "relaxed"):
            self.locked, self.powered = False, True
            self._towards(self._grips[self._safe], self._options.speed_per_s * step_s)

    def _step_gesture(self, label: str, intensity: float, now_s: float, step_s: float) -> None:
        options = self._options
        if label != self._label:
            self._label, self._since_s = label, now_s
            if label and label == options.next_grip_gesture and options.grip_set and not self.locked:
                self._selected = (self._selected + 1) % len(options.grip_set)
        if label and label == options.unlock_gesture:
            self.locked = False
        elif label and label == options.lock_gesture:
            self.locked = True
        if self.locked:
            return
        self.grip = ""
        intensity = intensity if math.isfinite(intensity) else 0.0
        part = max(intensity - options.least_intensity, 0.0) / (1.0 - options.least_intensity)
        most = options.speed_per_s * step_s
        grip = options.grips.get(label)
        if grip == SELECTED:
            grip = options.grip_set[self._selected]
        if grip is None:
            if options.move != "velocity" and options.rest_grip is not None:
                self.grip = options.rest_grip
                self._towards(self._grips[options.rest_grip], most)
            return
        self.grip = grip
        target = self._grips[grip]
        if options.move == "velocity":
            self._towards(target, most * min(part, 1.0))
        elif options.move == "position":
            self._towards(target, most)
        else:
            self._towards({name: value * min(part, 1.0) for name, value in target.items()}, most)
        if options.lock_after_s is not None and now_s - self._since_s >= options.lock_after_s:
            self.locked = True

    def _follow(self, order: Order, step_s: float) -> None:
        """Apply the joint angles of a pose; non-finite angles move nothing."""
        self.grip = ""
        target = {}
        for drive, one in self._options.joints.items():
            angle_rad = order.joints.get(one.joint, math.nan)
            if math.isfinite(angle_rad):
                part = (math.degrees(angle_rad) - one.open_deg) / (one.closed_deg - one.open_deg)
                target[drive] = min(max(part, 0.0), 1.0)
        self._towards(target, self._options.speed_per_s * step_s)

    def _towards(self, target: Closures, most: float) -> None:
        for name, value in target.items():
            here = self.closures[name]
            there = min(max(value, here - most), here + most)
            if there < here:
                self._touching.pop(name, None)
            elif name in self._touching:
                continue
            self.closures[name] = there
