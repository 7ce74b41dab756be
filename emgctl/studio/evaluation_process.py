"""An evaluation that the studio started: ``python -m emgctl.studio.evaluation_process REQUEST``.

Its stdout brings frames to the server; it ends when its stdin is closed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from emgctl.api.evaluation import KINDS, evaluate
from emgctl.errors import EmgctlError, ModelError
from emgctl.inference.model import Model
from emgctl.plugin import HasModel
from emgctl.profile.load import load_profile
from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry
from emgctl.studio.frames import encode
from emgctl.studio.recording_files import used_labels
from emgctl.support.pipes import own_stdin, taken_stdout

_UPDATE_S = 0.1


def main(request: Mapping[str, str]) -> int:
    """Evaluate as the request says; the exit status."""
    sink = taken_stdout()
    threading.Thread(target=_end_with, args=(own_stdin(),), name="studio", daemon=True).start()
    shown_s = 0.0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal shown_s
        if time.monotonic() - shown_s > _UPDATE_S:
            shown_s = time.monotonic()
            _send(sink, {"phase": "working", "progress": {"what": what, "done": done, "total": total}})

    try:
        _send(
            sink, {"phase": "done", "result": _result(Path(request["recording"]), Path(request["profile"]), progress)}
        )
        return 0
    except EmgctlError as error:
        problem, status = str(error), error.exit_status
    except MemoryError:
        problem, status = "the evaluation needs more memory than there is; cut the recording", EmgctlError.exit_status
    _send(sink, {"phase": "failed", "problem": problem})
    return status


def _result(recording: Path, profile: Path, progress: Any) -> dict[str, Any]:
    """Balanced accuracy and confusion of the profile's model; labels that it was never taught are left out."""
    registry = Registry()
    decoder = load_profile(profile, registry).decoder
    if not isinstance(decoder, HasModel):
        raise EmgctlError(f"{profile.name}: its decoder '{decoder.kind}' has no model that could be evaluated")
    if decoder.model_kind not in KINDS:
        problem = f"is for decoder '{decoder.model_kind}', which can't be evaluated here"
        raise ModelError(decoder.model_path, problem, remedy="use emgctl eval in a terminal")
    model = Model.load(decoder.model_path, kind=KINDS)
    recordings = read_dataset(str(recording), registry)
    used = dict.fromkeys(label for one in recordings for label in used_labels(one))
    unknown = [label for label in used if label not in model.card.labels]
    if len(unknown) == len(used):
        problem = "has no labels" if not used else f"has none of the model's labels {', '.join(model.card.labels)}"
        raise EmgctlError(f"{recording}: {problem}, so there is nothing to compare with")
    found = evaluate(model, recordings, without=unknown, progress=progress)
    return {
        "balanced_accuracy": found.balanced_accuracy,
        "windows": found.windows,
        "labels": list(found.labels),
        "confusion": found.confusion.tolist(),
        "warnings": list(found.warnings),
        "left_out": unknown,
    }


def _send(sink: IO[bytes], frame: Mapping[str, Any]) -> None:
    sink.write(encode(frame))
    sink.flush()


def _end_with(source: IO[bytes]) -> None:
    """End at once when the server's side is closed: nothing is written that could be lost."""
    while source.read(1024):
        pass
    os._exit(EmgctlError.exit_status)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
