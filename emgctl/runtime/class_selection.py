"""What the decoder decides among while a run lasts: the layer's gestures, else those last asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from emgctl.errors import EmgctlError
from emgctl.mapping import Layers
from emgctl.plugin import Decoder

log = logging.getLogger(__name__)


class Choice:
    """Passes choices on to the decoder: of the layer that is on where it has its own, else the last one asked for."""

    def __init__(self, decoder: Decoder, layers: Layers) -> None:
        self._decoder = decoder
        self._layers = {name: layer.select for name, layer in layers.items() if layer.select}
        self._asked: Sequence[str] = ()
        self._layer = ""

    def ask(self, names: Sequence[str]) -> None:
        """Decide among these from now on; none: as the profile says. What can't be chosen changes nothing."""
        try:
            self._decoder.select(names)
        except EmgctlError as error:
            log.warning("the choice of %s changes nothing: %s", ", ".join(names) or "everything", error)
            return
        self._asked = names
        if self._layer in self._layers:
            self._decoder.select(self._layers[self._layer])

    def follow(self, layer: str) -> None:
        """The layer that is on now."""
        if layer == self._layer:
            return
        before, self._layer = self._layers.get(self._layer), layer
        now = self._layers.get(layer)
        if now != before:
            self._decoder.select(self._asked if now is None else now)
