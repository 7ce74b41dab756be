"""Outputs that hang, raise or are slow on command."""

import time

from emgctl.plugin import Output
from emgctl_faulty.steering import SteeredOptions, Steering, raised


class ScriptedOutput(Output):
    """An output in the loop's thread.

    Orders: raise NAME, slow SECONDS (every send takes so long, 0: no more); hang and hold.
    """

    kind = "scripted"
    Options = SteeredOptions
    options: SteeredOptions
    name = "output"
    _steering = None

    def open(self, context):
        self._steering = self._steering or Steering(self.options.folder, self.name)
        self._slow_s, self._neutral = 0.0, None

    def send(self, command):
        if command.is_neutral != self._neutral:
            self._neutral = command.is_neutral
            self._steering.event(event="neutral" if self._neutral else "driven", reason=command.reason)
        while words := self._steering.next():
            if words[0] == "raise":
                raise raised(words[1])
            self._slow_s = float(words[1])
        time.sleep(self._slow_s)

    def close(self):
        """The steering goes on, for the next opening."""


class ScriptedSlowOutput(ScriptedOutput):
    """An output with a thread of its own."""

    kind = "scripted_slow"
    slow = True
    name = "slow_output"
