"""Carries out what the mapping and the outputs request, in the loop's thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from emgctl.mapping.engine import MappingEngine
from emgctl.runtime.class_selection import ClassSelector
from emgctl.runtime.guardian import Guardian
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.request_bus import RequestBus
from emgctl.runtime.safety import Safety
from emgctl.types import Cue, OuterLayer, Recentre, Request, Select, StopRequest

log = logging.getLogger(__name__)


class RequestHandler:
    """Passes each request to the part of the run that it is for."""

    def __init__(
        self,
        bus: RequestBus,
        guardian: Guardian,
        safety: Safety,
        engine: MappingEngine,
        choice: ClassSelector,
        source: InputRunner,
    ) -> None:
        self._bus, self._guardian, self._safety = bus, guardian, safety
        self._engine, self._choice, self._source = engine, choice, source
        self._layer = ""

    def handle_waiting(self) -> None:
        """Carry out the requests on the bus since the last call; the outputs already know of its halts."""
        if requests := self._bus.drain():
            self._handle(requests, halted=True)

    def handle(self, requests: Sequence[Request]) -> None:
        """Carry out requests of the mapping."""
        self._handle(requests, halted=False)

    def follow_layer(self) -> None:
        """Have the decoder and the run's other inputs follow into the mapping's active layer."""
        layer = self._engine.layer
        self._choice.follow(layer)
        if layer != self._layer:
            self._layer = layer
            self._guardian.tell_layer(layer)

    def _handle(self, requests: Sequence[Request], halted: bool) -> None:
        for request in requests:
            if isinstance(request, StopRequest):
                if not halted:
                    self._guardian.halt(request, wait_s=0.0)
                self._halt(request)
            elif isinstance(request, Recentre):
                self._engine.recentre()
            elif isinstance(request, Select):
                self._choice.request(request.names)
            elif isinstance(request, OuterLayer):
                self._engine.enter_from_outside(request)
            elif isinstance(request, Cue):
                self._cue(request.label)
            else:
                self._source.request(request)

    def _cue(self, label: str) -> None:
        """Cue a simulated person; what it can't do is no reason to end the run."""
        try:
            self._source.cue(label)
        except Exception as error:
            log.warning("'%s' can't be cued: %s", label, error)

    def _halt(self, halt: StopRequest) -> None:
        """Apply a halt to the mapping; after a pause nothing moves until rest has been seen."""
        self._engine.halt(halt)
        if halt.how == "resume" and not self._engine.held:
            self._safety.fault("paused")
            self._engine.reset()
