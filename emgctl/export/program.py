"""What is exported: a decoder with all that decides, and nothing of inputs, mapping and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.errors import EmgctlError, UsageError
from emgctl.inference.gesture_decoder import GestureDecoder
from emgctl.inference.model import Model, open_model
from emgctl.inference.pose_decoder import PoseDecoder, PoseOptions
from emgctl.inference.postprocessing import PostProcessing
from emgctl.profile.load import is_combination, load_profile
from emgctl.profile.safety_options import SafetyOptions
from emgctl.profile.validate import opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emgctl.inference.pose_model import PoseModel
    from emgctl.plugin import Decoder, WindowSpec
    from emgctl.registry import Registry


class NotExportableError(EmgctlError):
    """A decoder, or a part of it, that has no equal in C: ``what``, and ``reason``."""

    def __init__(self, path: Path, what: str, reason: str) -> None:
        self.path, self.what, self.reason = path, what, reason
        super().__init__(f"{path}: {what} can't be exported: {reason}")


@dataclass(frozen=True, slots=True)
class PoseRules:
    """What makes a pose of a network's angles: the decoder's ``options``, and the joints' limits ``(J,)`` in radians.

    ``start_rad`` ``(J,)`` is where a model that tracks begins, None if it does not.
    """

    options: PoseOptions
    least_rad: NDArray[np.float32]
    most_rad: NDArray[np.float32]
    start_rad: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Program:
    """A decoder to be exported: its loaded ``model``, how the signal is cut, and what makes decisions of it.

    ``rest`` is the label of rest, also of a model that has none; ``name`` is that of the profile or the model. A
    program with ``pose`` decides on the angles of ``spec.joints`` and has no labels.
    """

    name: str
    model: Model | PoseModel
    spec: WindowSpec
    rest: str
    postprocessing: PostProcessing
    safety: SafetyOptions
    pose: PoseRules | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The labels that can be decided: the model's, and rest if it is none of them."""
        return (*self.spec.labels, *([] if self.rest in self.spec.labels else [self.rest]))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the model has probabilities of."""
        return self.spec.labels


def read_program(path: Path, registry: Registry) -> Program:
    """What would be exported of a profile (YAML) or of a model (ONNX), which is decided on as a new profile would.

    Raises:
        NotExportableError: its decoder, or a part of it, has no equal in C.
        EmgctlError: the profile or the model can't be used.
    """
    if path.suffix == ".onnx":
        return _program(path, _decoder_of(path, registry), SafetyOptions())
    if is_combination(path):
        raise NotExportableError(path, "a profile of several inputs", "export the profile of one input at a time")
    profile = load_profile(path, registry)
    with profile.places.naming_files("decoder"):
        return _program(path, profile.decoder, profile.safety)


def _decoder_of(path: Path, registry: Registry) -> Decoder:
    """A decoder of the model's kind with default options."""
    _, card, _ = open_model(path)
    found = registry.decoder(card.kind)
    return found(found.Options.model_validate({"model": path.resolve()}))


def _program(path: Path, decoder: Decoder, safety: SafetyOptions) -> Program:
    if isinstance(decoder, PoseDecoder) and type(decoder).decode is PoseDecoder.decode:
        return _pose_program(path, decoder, safety)
    if not isinstance(decoder, GestureDecoder) or type(decoder).decode is not GestureDecoder.decode:
        raise NotExportableError(
            path, f"decoder '{decoder.kind}'", "its steps after or instead of the network exist in Python only"
        )
    options: Any = decoder.options
    if options.adaptation is not None:
        raise NotExportableError(
            path, "decoder.adaptation", "the exported program does not learn; remove it from the profile"
        )
    spec = opened(decoder)
    if spec.preview:
        raise NotExportableError(
            path, "a preview", "its model knows nothing of the person; run emgctl calibrate --quick first"
        )
    if spec.preprocessing.electrodes:
        raise NotExportableError(
            path, "preprocessing 'electrodes'", "finding bad electrodes of a grid exists in Python only"
        )
    if safety.wait_for_rest and not spec.rest:
        raise UsageError(
            f"{path}: the model has no label of rest to wait for, so nothing would ever move; "
            "name it with 'rest', or set safety.wait_for_rest to false"
        )
    return Program(path.stem, decoder.model, spec, decoder.rest, decoder.postprocessing, safety)


def _pose_program(path: Path, decoder: PoseDecoder, safety: SafetyOptions) -> Program:
    spec = opened(decoder)
    rules = PoseRules(decoder.options, *decoder.limits_rad, decoder.start_rad if decoder.model.tracks else None)
    return Program(path.stem, decoder.model, spec, spec.rest, PostProcessing(), safety, rules)
