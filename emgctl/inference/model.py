"""The model file: one ONNX graph, raw window in, result out, and a card that says everything about it.

Features and normalisation are inside the graph, so training and control cannot differ. The card is JSON under the
metadata key ``emgctl``. Nothing is unpickled; onnxruntime runs with one thread and preallocated buffers.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from emgctl.errors import FileError, ModelError
from emgctl.inference.model_card import ModelCard
from emgctl.inference.onnx_graph import check_graph
from emgctl.support.atomic_write import read_bytes
from emgctl.support.vetting import vet
from emgctl.types import Samples

CARD_KEY = "emgctl"
LONGEST_CARD = 16 << 20  # characters
OUTPUTS, EMBEDDING = ("probabilities", "intensity"), ("embedding",)
NOISE = 30.0  # counts or microvolts: what a model is tried with when it is loaded
RING = 8  # electrodes of an armband
WARM_UP_RUNS = 100  # after fewer runs onnxruntime's first real window would be the slow one


class Shift(NamedTuple):
    """What has changed in the standardised features since training: ``(features - shift) * gain`` is decoded.

    Both are ``(F,)`` float32.
    """

    shift: NDArray[np.float32]
    gain: NDArray[np.float32]


@contextlib.contextmanager
def first_runs(path: Path, problem: str) -> Iterator[None]:
    """The first runs of a model; whatever onnxruntime raises in them is a ModelError with this ``problem``."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # onnxruntime's exceptions share no public base class
        raise ModelError(path, problem, remedy=f"onnxruntime's answer: {str(error).splitlines()[0]}") from error


class Model:
    """A loaded model. ``run`` decodes one window without allocating its input; ``run_batch`` any number of them.

    Both give probabilities, intensity and standardised features. A model that was not made for it has no features,
    and takes no shift.
    """

    def __init__(self, path: Path, card: ModelCard, session: Any, sha256: str) -> None:
        self.path, self.card, self.sha256 = path, card, sha256
        self._session = session
        self._window = np.zeros((1, card.window, card.signal.channels), np.float32)
        outputs = [output.name for output in session.get_outputs()]
        self._decision, self._all = outputs[:2], outputs
        self._input = session.get_inputs()[0].name
        self._order: NDArray[np.int64] | None = None
        self._feed = {self._input: self._window}
        changeable = session.get_overridable_initializers()
        self.features = changeable[0].shape[0] if changeable else 0
        self.adaptable = {one.name for one in changeable} == set(Shift._fields)

    @classmethod
    def load(cls, path: Path, sha256: str = "", kind: str | tuple[str, ...] = "") -> Self:
        """Read, verify and warm up a model file.

        Args:
            path: the ONNX file.
            sha256: the expected hash in hexadecimal, "" for any.
            kind: the kind of decoder the model must be for, or several of them, "" for any.

        Raises:
            ModelError: the file is missing, damaged, not emgctl's, of another kind, or has another hash.
        """
        session, card, digest = open_model(path, sha256, kind)
        shape = session.get_inputs()[0].shape
        if list(shape[1:]) != [card.window, card.signal.channels]:
            raise ModelError(
                path, f"takes windows of {shape[1:]}, but its card says [{card.window}, {card.signal.channels}]"
            )
        there = [one.name for one in session.get_outputs()]
        missing = [name for name in OUTPUTS + EMBEDDING * (card.kind == "contrastive") if name not in there]
        if missing or tuple(there[:2]) != OUTPUTS:
            raise ModelError(path, f"has no output '{(*missing, *OUTPUTS)[0]}' in its place", remedy="train it anew")
        model = cls(path, card, session, digest)
        with first_runs(path, "does not decode a window"):
            model._check_answers()
            for _ in range(WARM_UP_RUNS):
                model.run(model._window[0])
        return model

    def _check_answers(self) -> None:
        """Refuse a model whose answers have another shape than its card says, or are not finite.

        Raises:
            ModelError: they do or are not.
        """
        noise = np.random.default_rng(0).standard_normal(self._window[0].shape).astype(np.float32)
        for window in (np.zeros_like(noise), NOISE * noise):
            self._window[0] = window
            found = dict(zip(self._all, self._session.run(self._all, self._feed), strict=True))
            shapes = {"intensity": (1,), "probabilities": (1, len(self.card.labels))}
            for name, answer in found.items():
                if name in shapes and answer.shape != shapes[name]:
                    raise ModelError(
                        self.path,
                        f"answers {answer.shape}, not {shapes[name]} as its card says",
                        f"output '{name}'",
                        "train it anew",
                    )
                if not np.isfinite(answer).all():
                    raise ModelError(
                        self.path, "answers with NaN or infinity", f"output '{name}'", "train it anew on finite samples"
                    )
        self._window[0] = 0

    def metadata(self, key: str) -> str:
        """What stands in the file under another key than the card's, "" if nothing does."""
        found: str = self._session.get_modelmeta().custom_metadata_map.get(key, "")
        return found

    def turn(self, electrodes: int) -> None:
        """Decode from now on as if the armband had not been turned by so many electrodes."""
        self._order = turned(self.card.signal.channels, electrodes) if electrodes else None

    def shift(self, rows: int, columns: int) -> None:
        """Decode from now on as if the grid had not been moved by so many rows and columns.

        Raises:
            ModelError: the model's signal has no grid.
        """
        if not (rows or columns):
            self._order = None
            return
        if self.card.signal.grid is None:
            raise ModelError(self.path, "was not trained on a grid, so nothing can be shifted")
        self._order = shifted(self.card.signal.grid, rows, columns, self.card.wraps)

    def run(self, window: Samples) -> list[NDArray[np.float32]]:
        """Decode one window ``(window, channels)``; returns probabilities ``(L,)`` and intensity."""
        self._window[0] = window if self._order is None else window[:, self._order]
        return [output[0] for output in self._session.run(self._decision, self._feed)]

    def run_shifted(self, window: Samples, shift: Shift) -> list[NDArray[np.float32]]:
        """The same with adapted features; returns the standardised features ``(F,)`` as well."""
        self._window[0] = window if self._order is None else window[:, self._order]
        return [output[0] for output in self._session.run(self._all, self._feed | shift._asdict())]

    def embed(self, window: Samples, shift: Shift | None = None) -> list[NDArray[np.float32]]:
        """The embedding ``(E,)`` of one window, its intensity and, with a shift, its standardised features ``(F,)``."""
        self._window[0] = window if self._order is None else window[:, self._order]
        if shift is None:
            found = self._session.run(["embedding", "intensity"], self._feed)
        else:
            found = self._session.run(["embedding", "intensity", "features"], self._feed | shift._asdict())
        return [output[0] for output in found]

    def run_batch(self, windows: Samples, shift: Shift | None = None) -> list[NDArray[np.float32]]:
        """Decode windows ``(N, window, channels)``; returns all outputs, first axis N."""
        there = windows if self._order is None else windows[:, :, self._order]
        feed = {self._input: np.ascontiguousarray(there, np.float32)}
        return list(self._session.run(self._all, feed | (shift._asdict() if shift else {})))


def turned(channels: int, electrodes: int) -> NDArray[np.int64]:
    """The order of channels that undoes a ring armband's turn; several armbands of eight are all turned alike."""
    ring = RING if channels % RING == 0 else channels
    places = np.arange(channels)
    order: NDArray[np.int64] = places - places % ring + (places + electrodes) % ring
    return order


def shifted(grid: tuple[int, int], rows: int, columns: int, wraps: bool) -> NDArray[np.int64]:
    """The order of channels that undoes a grid's move by ``rows`` and ``columns``.

    What has moved beyond an edge is taken from the edge, or, where the rows wrap around the arm, from the other side.
    """
    row, column = np.divmod(np.arange(grid[0] * grid[1]), grid[1])
    row = (row + rows) % grid[0] if wraps else np.clip(row + rows, 0, grid[0] - 1)
    order: NDArray[np.int64] = row * grid[1] + np.clip(column + columns, 0, grid[1] - 1)
    return order


def open_model(path: Path, sha256: str = "", kind: str | tuple[str, ...] = "") -> tuple[Any, ModelCard, str]:
    """An onnxruntime session of a model file that was verified, its card, and the file's hash.

    Raises:
        ModelError: the file is missing, damaged, not emgctl's, of another kind, or has another hash.
    """
    if path.is_file():
        check_graph(path, _content(path))  # what can be seen without loading it needs no process
        vet("emgctl.inference.model_trial", [path], ModelError)
    return load_session(path, sha256, kind)


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except FileError as error:
        remedy = "make it with 'emgctl calibrate' or 'emgctl train'" if not path.exists() else error.remedy
        raise ModelError(path, error.problem, remedy=remedy) from error


def load_session(path: Path, sha256: str = "", kind: str | tuple[str, ...] = "") -> tuple[Any, ModelCard, str]:
    """The same as :func:`open_model`, of a file that is not tried out before."""
    data = _content(path)
    digest = hashlib.sha256(data).hexdigest()
    if sha256 and digest != sha256.lower():
        raise ModelError(
            path,
            f"is not the model the profile names (sha256 {digest}, not {sha256})",
            remedy="put the right file back, or update decoder.sha256 if you trust this one",
        )
    check_graph(path, data)
    session = _session(path, data)
    card = _card(path, session)
    if kind and card.kind not in (kinds := (kind,) if isinstance(kind, str) else kind):
        raise ModelError(path, f"is a model for decoder '{card.kind}', not '{' or '.join(kinds)}'")
    return session, card, digest


def _session(path: Path, data: bytes) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what is wrong is said in our own sentence
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except Exception as error:  # onnxruntime's exceptions share no public base class
        answer = f"onnxruntime's answer: {str(error).splitlines()[0]}"
        raise ModelError(path, "is not an ONNX model that can be loaded", remedy=answer) from error


def _card(path: Path, session: Any) -> ModelCard:
    text = session.get_modelmeta().custom_metadata_map.get(CARD_KEY)
    if text is None or len(text) > LONGEST_CARD:
        raise ModelError(
            path, "has no emgctl metadata, so its window and labels are unknown", remedy="make it with 'emgctl train'"
        )
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelError(
            path,
            first["msg"].removeprefix("Value error, "),
            place=f"metadata '{place}'" if place else "metadata",
            remedy="train it anew, or use a model that you trust",
        ) from error
