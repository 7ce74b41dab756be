"""A checkpoint: all that a training needs to go on after kill -9, as plain arrays (.npz); nothing is unpickled."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from emgctl.errors import UsageError
from emgctl.support.atomic_write import write_bytes
from emgctl.support.unpacking import check_arrays
from emgctl.training.history import History


class Checkpoint:
    """The weights of a network, its optimiser, rate and curves after an epoch; written whole or not at all.

    ``path`` None: nothing is kept. ``training`` says of which training it is.
    """

    def __init__(
        self,
        path: Path | None,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        rate: torch.optim.lr_scheduler.LRScheduler,
        training: str,
    ) -> None:
        self._path, self._network, self._optimizer, self._rate = path, network, optimizer, rate
        self._training = training

    def read(self, history: History) -> int:
        """Take up what is there; returns the epoch to begin with.

        Raises:
            UsageError: what is there is no checkpoint, or one of another training.
        """
        if self._path is None or not self._path.exists():
            return 0
        try:
            check_arrays(self._path)
            with np.load(self._path, allow_pickle=False) as found:
                arrays = {name: torch.from_numpy(found[name]) for name in found.files if name != "facts"}
                facts = json.loads(found["facts"].item())
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise UsageError(f"{self._path}: is no checkpoint; remove it to begin anew") from error
        if facts["training"] != self._training:
            raise UsageError(f"{self._path}: is the checkpoint of another training; remove it to begin anew")
        self._network.load_state_dict({name: arrays[f"network/{name}"] for name in self._network.state_dict()})
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, values in arrays.items():
            kind, number, *key = name.split("/")
            if kind == "optimiser":
                state.setdefault(int(number), {})[key[0]] = values
        self._optimizer.load_state_dict({"state": state, "param_groups": facts["groups"]})
        self._rate.load_state_dict(facts["rate"])
        history.update(facts["history"])
        return int(facts["epoch"])

    def write(self, history: History, epoch: int) -> None:
        """Keep what there is after so many epochs.

        Raises:
            FileError: it can't be written.
        """
        if self._path is None:
            return
        optimizer = self._optimizer.state_dict()
        facts = {
            "training": self._training,
            "epoch": epoch,
            "history": dict(history),
            "groups": optimizer["param_groups"],
            "rate": {key: value for key, value in self._rate.state_dict().items() if not callable(value)},
        }
        arrays = {f"network/{name}": values.cpu().numpy() for name, values in self._network.state_dict().items()}
        for number, values in optimizer["state"].items():
            arrays |= {f"optimiser/{number}/{key}": value.cpu().numpy() for key, value in values.items()}
        file = io.BytesIO()
        np.savez(file, facts=np.array(json.dumps(facts)), **arrays)
        write_bytes(self._path, file.getvalue())
