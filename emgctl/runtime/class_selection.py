"""Which classes the decoder chooses from during a run: the layer's gestures, or the most recent selection."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from emgctl.errors import EmgctlError
from emgctl.mapping import Layers
from emgctl.plugin import Decoder, Selectable, select_classes

log = logging.getLogger(__name__)


class ClassSelector:
    """Passes class selections to the decoder: the active layer's if it has one, otherwise the last one requested."""

    def __init__(self, decoder: Decoder, layers: Layers) -> None:
        self._decoder = decoder
        self._layers = _selections(layers)
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

    def change(self, layers: Layers) -> None:
        """Use these layers from now on, none of which is active; what was requested stays.

        Raises:
            EmgctlError: one of them selects what the decoder can't choose from; nothing has changed then.
        """
        selections = _selections(layers)
        try:
            for names in selections.values():
                select_classes(self._decoder, names)
        except EmgctlError:
            if isinstance(self._decoder, Selectable):
                self._decoder.select(self._layers.get(self._layer, self._requested))
            raise
        if selections or self._layers:
            select_classes(self._decoder, self._requested)
        self._layers, self._layer = selections, ""

    def follow(self, layer: str) -> None:
        """Set the active layer."""
        if layer == self._layer:
            return
        before, self._layer = self._layers.get(self._layer), layer
        now = self._layers.get(layer)
        if now != before:
            select_classes(self._decoder, self._requested if now is None else now)


def _selections(layers: Layers) -> dict[str, Sequence[str]]:
    """The classes of each layer that has some."""
    return {name: layer.select for name, layer in layers.items() if layer.select}
