"""Training that takes no longer than clear signals need, where it does not matter how good a model becomes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from emgctl.training.classifier.model_zoo import MODELS


@contextlib.contextmanager
def short_training() -> Iterator[None]:
    """Networks of this process take so few steps meanwhile."""
    from emgctl.training.contrastive import fit
    from emgctl.training.contrastive.train_loop import ContrastiveConfig

    with pytest.MonkeyPatch.context() as patch:
        for name, kind in MODELS.items():
            if kind.schedule.patience is None:
                patch.setitem(MODELS, name, replace(kind, schedule=replace(kind.schedule, steps=(60, 60))))
        patch.setattr(fit, "ContrastiveConfig", partial(ContrastiveConfig, epochs=5))
        yield
