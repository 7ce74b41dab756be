"""A changed profile on its way into a run: from the thread that checked it to the loop, which takes it at a rest."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from emgctl.mapping.engine import MappingEngine
from emgctl.plugin import Adjustable, Decoder
from emgctl.profile.load import Profile
from emgctl.registry.fence import described
from emgctl.runtime.class_selection import ClassSelector
from emgctl.runtime.metrics import RunMetrics
from emgctl.stats import ProfileState

log = logging.getLogger(__name__)


class ProfileSwap:
    """Holds the newest valid content of the profile's file until the loop takes it.

    Only the loop calls :meth:`take`; everything else is for the thread that watches the file.
    """

    def __init__(self, engine: MappingEngine, choice: ClassSelector, decoder: Decoder, metrics: RunMetrics) -> None:
        self._engine, self._choice, self._decoder, self._metrics = engine, choice, decoder, metrics
        self._lock = threading.Lock()
        self._offered: Profile | None = None
        self._running: Profile | None = None

    @property
    def running(self) -> Profile:
        """What is in effect, once it is watched."""
        if self._running is None:
            raise RuntimeError("nothing is watched")
        return self._running

    @property
    def is_offered(self) -> bool:
        """Whether a change waits for rest."""
        return self._offered is not None

    def begin(self, profile: Profile, sha256: str) -> None:
        """Start with a profile, whose file has this content."""
        self._running = profile
        self._metrics.profile(replace(self._metrics.stats.profile, sha256=sha256))

    def offer(self, profile: Profile, sha256: str) -> None:
        """Have the loop take a profile at the next rest, instead of an earlier one that still waits."""
        with self._lock:
            self._offered = profile
            self._show("waiting", sha256)

    def refuse(self, reasons: Sequence[str], sha256: str) -> None:
        """Go on as before, since the newest content can't be used; nor is an earlier one taken that still waits."""
        with self._lock:
            self._offered = None
            self._show("refused", sha256, reasons)

    def keep(self, sha256: str) -> None:
        """Go on as before, since the newest content is what is in effect."""
        with self._lock:
            self._offered = None
            self._show("in effect", sha256)

    def take(self) -> bool:
        """Use what is offered from now on, with everything released; False if it can't be used after all."""
        with self._lock:
            new, self._offered = self._offered, None
            old, sha256 = self._running, self._metrics.stats.profile.sha256
            if new is None or old is None:
                return False
            try:
                self._choice.change(new.layers)
                if isinstance(self._decoder, Adjustable) and new.decoder.options != old.decoder.options:
                    self._decoder.adjust(new.decoder.options)
            except Exception as error:
                log.debug("the changed profile can't be used", exc_info=True)
                self._show("refused", sha256, (str(error) or described(error),))
                return False
            self._engine.change(new.mapping, new.layers, new.axes, new.wake)
            self._running = replace(new, input=old.input, decoder=old.decoder, outputs=old.outputs)
            self._show("in effect", sha256, reloads=self._metrics.stats.profile.reloads + 1)
            return True

    def _show(
        self,
        state: Literal["in effect", "waiting", "refused"],
        sha256: str,
        reasons: Sequence[str] = (),
        reloads: int | None = None,
    ) -> None:
        reloads = self._metrics.stats.profile.reloads if reloads is None else reloads
        self._metrics.profile(ProfileState(state, sha256, list(reasons), reloads))
