"""Loading models."""

from __future__ import annotations

from pathlib import Path

from emgctl.api.arguments import checked
from emgctl.inference.model import Model
from emgctl.inference.pose_model import PoseModel

GESTURE_KINDS = ("classifier", "grid", "contrastive")


@checked
def load_model(path: str | Path, *, sha256: str = "") -> Model:
    """Load a model that predicts gestures; ``.card`` describes its signal, window, labels and training.

    Args:
        path: the ONNX file that ``emgctl train``, ``emgctl calibrate`` or :func:`emgctl.train` wrote.
        sha256: the expected hash in hexadecimal, "" for any.

    Raises:
        ModelError: the file is missing, damaged, of another kind (see :func:`load_pose_model`), or has another hash.
    """
    return Model.load(Path(path), sha256, kind=GESTURE_KINDS)


@checked
def load_pose_model(path: str | Path, *, sha256: str = "") -> PoseModel:
    """Load a model that predicts the hand's joint angles; ``.card`` describes its signal and joints.

    Args:
        path: the ONNX file that ``emgctl train pose`` or :func:`emgctl.train_pose` wrote.
        sha256: the expected hash in hexadecimal, "" for any.

    Raises:
        ModelError: the file is missing, damaged, of another kind, or has another hash.
    """
    return PoseModel.load(Path(path), sha256)
