"""Training that takes no longer than clear signals need, in the suite's short form (``tests/full_form.py``)."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from emgctl.training.classifier.model_zoo import MODELS


@contextlib.contextmanager
def short_training() -> Iterator[None]:
    """Networks of this process take so few steps meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, kind in MODELS.items():
            if kind.schedule.patience is None:
                patch.setitem(MODELS, name, replace(kind, schedule=replace(kind.schedule, steps=(60, 60))))
        if "torch" in sys.modules:  # else no test here trains one, and importing it would take seconds
            from emgctl.training.contrastive import fit
            from emgctl.training.contrastive.train_loop import ContrastiveConfig

            patch.setattr(fit, "ContrastiveConfig", partial(ContrastiveConfig, epochs=5))
        yield
