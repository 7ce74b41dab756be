"""An armband whose wearer and whose faults a test directs: 8 channels at 200 Hz, two samples every 10 ms."""

import time

import numpy as np

from emgctl.errors import DeviceError
from emgctl.plugin import Input
from emgctl.types import SampleBlock, Signal
from emgctl_faulty.steering import SteeredOptions, Steering, raised

SIGNAL = Signal(8, 200.0)
BLOCK, RAILS = 2, 127
LONGEST_BACKLOG = 200
REST_SIZE, GESTURE_SIZE, STOP_SIZE = 4.0, 25.0, 40.0
STRONG = {"rest": [], "fist": range(4), "open": range(4, 8), "stop": range(8)}  # by channel


class ScriptedInput(Input):
    """An armband that obeys.

    Orders: rest, fist, open, stop (gestures); for so many seconds: silence, nan, flat, saturated, rails, frozen S MS,
    lost; at once: index_back N, gap N, raise NAME, channels N, shape, type; hang and hold.
    """

    kind = "scripted"
    Options = SteeredOptions
    options: SteeredOptions

    def open(self):
        self._lost_s = getattr(self, "_lost_s", 0.0)
        if time.monotonic() < self._lost_s:
            raise DeviceError("scripted", "is away")
        if getattr(self, "_steering", None) is None:
            self._steering = Steering(self.options.folder, "input")
        self._rng, self._gesture = np.random.default_rng(), getattr(self, "_gesture", "rest")
        self._start, self._begun_s, self._made = 10_000, time.perf_counter(), 0
        self._fault, self._fault_ends_s, self._once = "", 0.0, ""
        self._recent = np.zeros((100, SIGNAL.channels), np.float32)
        self._again = self._recent[:0]
        return SIGNAL

    def close(self):
        """The steering goes on, since a test directs a device that is lost as well."""

    def read(self, timeout_s):
        until_s = time.perf_counter() + timeout_s
        while True:
            while words := self._steering.next():
                self._obey(words)
            if time.monotonic() < self._lost_s:
                raise DeviceError("scripted", "went away")
            now_s = time.perf_counter()
            if self._fault and now_s >= self._fault_ends_s:
                if self._fault == "silence":
                    self._begun_s, self._made = now_s, 0
                self._fault = ""
                self._steering.event(event="fault is over")
            due = int((now_s - self._begun_s) * SIGNAL.rate_hz) - self._made
            if due >= BLOCK and self._fault != "silence":
                return self._block(min(due, LONGEST_BACKLOG), due, now_s)
            if now_s >= until_s:
                return None
            time.sleep(min(max(until_s - now_s, 0.0), 0.005))

    def _obey(self, words):
        match words:
            case [gesture] if gesture in STRONG:
                self._gesture = gesture
            case ["raise", name]:
                raise raised(name)
            case ["lost", seconds]:
                self._lost_s = time.monotonic() + float(seconds)
            case ["index_back" | "gap" as how, count]:
                self._start += int(count) if how == "gap" else -int(count)
            case ["shape" | "type" | "channels" as once]:
                self._once = once
            case [fault, seconds, *more]:
                self._fault, self._fault_ends_s = fault, time.perf_counter() + float(seconds)
                self._again = self._recent[-round(float(more[0]) / 5) :].copy() if more else self._recent[:0]

    def _block(self, count, due, now_s):
        self._made += due
        self._start += due - count  # what was too old is lost
        sizes = np.full(SIGNAL.channels, REST_SIZE)
        sizes[list(STRONG[self._gesture])] = STOP_SIZE if self._gesture == "stop" else GESTURE_SIZE
        samples = np.clip(np.round(self._rng.normal(0, sizes, (count, SIGNAL.channels))), -RAILS, RAILS)
        samples = self._damaged(samples.astype(np.float32))
        start, self._start = self._start, self._start + count
        self._recent = np.concatenate((self._recent, samples))[-100:]
        once, self._once = self._once, ""
        if once == "type":
            return "no block"
        if once:
            samples = samples[:, :4] if once == "channels" else samples[:, :, None]
        return SampleBlock(samples, start, now_s)

    def _damaged(self, samples):
        match self._fault:
            case "nan":
                samples[-1, 3] = np.nan
            case "flat":
                samples[:] = 0
            case "saturated":
                samples[:] = RAILS
            case "rails":
                samples[:] = RAILS * (-1.0) ** (self._start + np.arange(len(samples)))[:, None]
            case "frozen":
                samples = np.take(self._again, np.arange(len(samples)), axis=0, mode="wrap")
                self._again = np.roll(self._again, -len(samples), axis=0)
        return samples
