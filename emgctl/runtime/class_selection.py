"""Which classes the decoder chooses from during a run: the layer's gestures, or the most recent selection."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from emgctl.errors import EmgctlError
from emgctl.mapping import Layers
from emgctl.plugin import Decoder, select_classes

log = logging.getLogger(__name__)


class ClassSelector:
    """Passes class selections to the decoder: the active layer's if it has one, otherwise the last one requested."""

    def __init__(self, decoder: Decoder, layers: Layers) -> None:
        self._decoder = decoder
        self._layers = {name: layer.select for name, layer in layers.items() if layer.select}
        self._requested: Sequence[str] = ()
        self._layer = ""

    def request(self, names: Sequence[str]) -> None:
        """Select these classes from now on; none: as in the profile. An invalid selection changes nothing."""
        try:
            select_classes(self._decoder, names)
        except EmgctlError as error:
            log.warning("cannot select %s: %s", ", ".join(names) or "everything", error)
            return
        self._requested = names
        if self._layer in self._layers:
            select_classes(self._decoder, self._layers[self._layer])

    def follow(self, layer: str) -> None:
        """Set the active layer."""
        if layer == self._layer:
            return
        before, self._layer = self._layers.get(self._layer), layer
        now = self._layers.get(layer)
        if now != before:
            select_classes(self._decoder, self._requested if now is None else now)
