"""The model file: one ONNX graph from raw window to result, and a card with all metadata.

Features and normalization are part of the graph, so training and control cannot differ. The card is JSON under the
metadata key ``emgctl``. Nothing is unpickled; onnxruntime runs with one thread and preallocated buffers.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from emgctl.errors import ModelError
from emgctl.inference.bound_session import BoundSession
from emgctl.inference.fusion import agree, fused, trial_windows
from emgctl.inference.log_covariance import LogCovariance
from emgctl.inference.model_card import ModelCard
from emgctl.inference.onnx_graph import check_graph
from emgctl.inference.onnx_session import checked_session, content, session_of
from emgctl.support.native_library import native_library
from emgctl.support.vetting import vet
from emgctl.types import Samples

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

log = logging.getLogger(__name__)
CARD_KEY = "emgctl"
LONGEST_CARD = 16 << 20  # characters
OUTPUTS, EMBEDDING = ("probabilities", "intensity"), ("embedding",)
NOISE = 30.0  # counts or microvolts: amplitude of the test signal when a model is loaded
RING = 8  # electrodes of an armband
WARM_UP_RUNS = 100  # with fewer runs, onnxruntime's first real window would be slow


class FeatureNormalization(NamedTuple):
    """Change of the standardized features since training: ``(features - shift) * gain`` is decoded.

    Both are ``(F,)`` float32.
    """

    shift: NDArray[np.float32]
    gain: NDArray[np.float32]


@contextlib.contextmanager
def first_runs(path: Path, problem: str) -> Iterator[None]:
    """Context for the first runs of a model; onnxruntime exceptions become a ModelError with this ``problem``."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # onnxruntime's exceptions share no public base class
        raise ModelError(path, problem, remedy=f"onnxruntime: {str(error).splitlines()[0]}") from error


class Model:
    """A loaded model. ``run`` decodes one window without allocating its input; ``run_batch`` any number of them.

    Both give probabilities, intensity and standardized features. A model without support for adaptation has no features
    and accepts no shift.
    """

    def __init__(self, path: Path, card: ModelCard, session: InferenceSession, sha256: str) -> None:
        self.path, self.card, self.sha256 = path, card, sha256
        self._session = session
        self._window = np.zeros((1, card.window, card.signal.channels), np.float32)
        self._all = [output.name for output in session.get_outputs()]
        self._input = session.get_inputs()[0].name
        self._order: NDArray[np.int64] | None = None
        self._feed = {self._input: self._window}
        self._live, self._decision = session, self._bound(session)
        changeable = session.get_overridable_initializers()
        self.features = changeable[0].shape[0] if changeable else 0
        self.adaptable = {one.name for one in changeable} == set(FeatureNormalization._fields)

    @classmethod
    def load(cls, path: Path, sha256: str = "", kind: str | tuple[str, ...] = "") -> Self:
        """Read, verify and warm up a model file.

        Args:
            path: the ONNX file.
            sha256: the expected hash in hexadecimal, "" for any.
            kind: the required decoder kind, or several, "" for any.

        Raises:
            ModelError: the file is missing, damaged, not emgctl's, of another kind, or has another hash.
        """
        session, card, digest = open_model(path, sha256, kind)
        shape = session.get_inputs()[0].shape
        if list(shape[1:]) != [card.window, card.signal.channels]:
            raise ModelError(
                path, f"expects windows of {shape[1:]}, but its card declares [{card.window}, {card.signal.channels}]"
            )
        there = [one.name for one in session.get_outputs()]
        missing = [name for name in OUTPUTS + EMBEDDING * (card.kind == "contrastive") if name not in there]
        if missing or tuple(there[:2]) != OUTPUTS:
            raise ModelError(path, f"lacks output '{(*missing, *OUTPUTS)[0]}' at its position", remedy="train it again")
        model = cls(path, card, session, digest)
        with first_runs(path, "cannot decode a window"):
            model._check_answers()
            model._speed_up()
            for _ in range(WARM_UP_RUNS):
                model.run(model._window[0])
        return model

    def _decode_by(self, session: InferenceSession) -> None:
        """Decode single windows by a session of the same model from now on."""
        self._live, self._decision = session, self._bound(session)

    def _bound(self, session: InferenceSession) -> BoundSession | LogCovariance:
        arrays = (np.zeros(shape, np.float32) for shape in ((1, len(self.card.labels)), (1,)))
        return BoundSession(session, self._feed, dict(zip(OUTPUTS, arrays, strict=True)))

    def _speed_up(self) -> None:
        """Decode single windows by less work, where that is known to give the same."""
        usual = self._live, self._decision
        try:
            if self._decode_fast(content(self.path, self.sha256)) and self._decodes_the_same():
                return
        except Exception:  # a file may have any graph, and onnxruntime's exceptions share no public base class
            log.debug("%s cannot be decoded faster", self.path, exc_info=True)
        self._live, self._decision = usual

    def _decode_fast(self, data: bytes) -> bool:
        if (direct := LogCovariance.of(data, self.card, self._window)) is not None:
            self._decision = direct
        elif (fewer := fused(data, self.card)) is not None:
            self._decode_by(session_of(self.path, fewer))
        else:
            return False
        return True

    def _decodes_the_same(self) -> bool:
        windows = trial_windows(self._window.shape[1:])
        expected = dict(zip(self._all, self.run_batch(windows), strict=True))
        found = list(zip(*map(self.run, windows), strict=True))
        if self.adaptable:
            same = FeatureNormalization(np.zeros(self.features, np.float32), np.ones(self.features, np.float32))
            found.append(tuple(self.run_shifted(window, same)[2] for window in windows))
        return agree(expected, dict(zip(self._all, map(np.stack, found), strict=False)))

    def _check_answers(self) -> None:
        """Reject a model whose outputs differ in shape from its card or are not finite.

        Raises:
            ModelError: the outputs are invalid.
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
                        f"outputs shape {answer.shape}, not {shapes[name]} as its card declares",
                        f"output '{name}'",
                        "train it again",
                    )
                if not np.isfinite(answer).all():
                    raise ModelError(
                        self.path, "outputs NaN or infinity", f"output '{name}'", "train it again on finite samples"
                    )
        self._window[0] = 0

    def metadata(self, key: str) -> str:
        """The content of another metadata key than the card's, "" if there is none."""
        found: str = self._session.get_modelmeta().custom_metadata_map.get(key, "")
        return found

    @property
    def channel_order(self) -> NDArray[np.int64] | None:
        """The signal's channel that each of the model's channels is taken from, None where nothing is reordered."""
        return self._order

    def _reordered(self, samples: Samples) -> Samples:
        """Samples ``(..., C)`` in the order of the model's channels."""
        return samples if self._order is None else samples[..., self._order]

    def set_rotation(self, electrodes: int) -> None:
        """Compensate from now on for an armband rotated by this many electrodes."""
        self._order = rotation_order(self.card.signal.channels, electrodes) if electrodes else None

    def set_grid_offset(self, rows: int, columns: int) -> None:
        """Compensate from now on for a grid moved by this many rows and columns.

        Raises:
            ModelError: the model's signal has no grid.
        """
        if not (rows or columns):
            self._order = None
            return
        if self.card.signal.grid is None:
            raise ModelError(self.path, "was not trained on a grid, so there is nothing to shift")
        self._order = shifted(self.card.signal.grid, rows, columns, self.card.wraps)

    def run(self, window: Samples) -> list[NDArray[np.float32]]:
        """Decode one window ``(window, channels)``; returns probabilities ``(L,)`` and intensity."""
        self._window[0] = self._reordered(window)
        probabilities, intensity = self._decision.run()
        return [probabilities, intensity]

    def run_many(self, windows: Samples) -> list[NDArray[np.float32]]:
        """The same of windows ``(N, window, channels)``, by what decodes single ones; first axis N."""
        return list(self._live.run(OUTPUTS, {self._input: np.ascontiguousarray(self._reordered(windows), np.float32)}))

    def run_shifted(self, window: Samples, shift: FeatureNormalization) -> list[NDArray[np.float32]]:
        """The same with adapted features; also returns the standardized features ``(F,)``."""
        self._window[0] = self._reordered(window)
        return [output[0] for output in self._live.run(self._all, self._feed | shift._asdict())]

    def embed(self, window: Samples, shift: FeatureNormalization | None = None) -> list[NDArray[np.float32]]:
        """The embedding ``(E,)`` of one window, its intensity and, with a shift, its standardized features ``(F,)``."""
        self._window[0] = self._reordered(window)
        if shift is None:
            found = self._session.run(["embedding", "intensity"], self._feed)
        else:
            found = self._session.run(["embedding", "intensity", "features"], self._feed | shift._asdict())
        return [output[0] for output in found]

    def run_batch(self, windows: Samples, shift: FeatureNormalization | None = None) -> list[NDArray[np.float32]]:
        """Decode windows ``(N, window, channels)``; returns all outputs, first axis N."""
        feed = {self._input: np.ascontiguousarray(self._reordered(windows), np.float32)}
        return list(self._session.run(self._all, feed | (shift._asdict() if shift else {})))


def rotation_order(channels: int, electrodes: int) -> NDArray[np.int64]:
    """The channel order that compensates a ring armband's rotation; armbands of eight are all rotated alike."""
    ring = RING if channels % RING == 0 else channels
    places = np.arange(channels)
    order: NDArray[np.int64] = places - places % ring + (places + electrodes) % ring
    return order


def shifted(grid: tuple[int, int], rows: int, columns: int, wraps: bool) -> NDArray[np.int64]:
    """The channel order that compensates a grid's move by ``rows`` and ``columns``.

    Positions beyond an edge are taken from the edge or, if the rows wrap around the arm, from the other side.
    """
    row, column = np.divmod(np.arange(grid[0] * grid[1]), grid[1])
    row = (row + rows) % grid[0] if wraps else np.clip(row + rows, 0, grid[0] - 1)
    order: NDArray[np.int64] = row * grid[1] + np.clip(column + columns, 0, grid[1] - 1)
    return order


def open_model(path: Path, sha256: str = "", kind: str | tuple[str, ...] = "") -> tuple[Any, ModelCard, str]:
    """Open an onnxruntime session of a verified model file; returns it with the card and the file's hash.

    Raises:
        ModelError: the file is missing, damaged, not emgctl's, of another kind, or has another hash.
        DeviceError: onnxruntime can't be loaded on this computer.
    """
    if path.is_file():
        native_library("onnxruntime")
        check_graph(path, content(path))  # checks that need no loading need no process
        vet("emgctl.inference.model_trial", [path], ModelError)
    return load_session(path, sha256, kind)


def load_session(path: Path, sha256: str = "", kind: str | tuple[str, ...] = "") -> tuple[Any, ModelCard, str]:
    """The same as :func:`open_model`, without loading the file on trial first."""
    data = content(path, sha256)
    session = checked_session(path, data)
    card = _card(path, session)
    if kind and card.kind not in (kinds := (kind,) if isinstance(kind, str) else kind):
        raise ModelError(path, f"is a model for decoder '{card.kind}', not '{' or '.join(kinds)}'")
    return session, card, hashlib.sha256(data).hexdigest()


def _card(path: Path, session: InferenceSession) -> ModelCard:
    text = session.get_modelmeta().custom_metadata_map.get(CARD_KEY)
    if text is None or len(text) > LONGEST_CARD:
        raise ModelError(
            path, "has no emgctl metadata, so its window and labels are unknown", remedy="create it with 'emgctl train'"
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
            remedy="train it again, or use a trusted model",
        ) from error
