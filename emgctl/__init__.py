"""emgctl turns muscle signals (surface EMG) into control.

Everything in ``__all__`` is the Python API (docs/python.md); each name is imported when it is first used, so that
``import emgctl`` costs nothing. Plugin authors find what they need in :mod:`emgctl.plugin`, :mod:`emgctl.types` and
:mod:`emgctl.testing`. The architecture is described in ARCHITECTURE.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Since 1.29, onnxruntime sends telemetry about each model and its use to Microsoft unless this is set before the
# import. Which models decode whose muscles is private; set the variable to 0 to allow telemetry.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from emgctl.api.calibrating import calibrate as calibrate
    from emgctl.api.calibrating import find_rotation as find_rotation
    from emgctl.api.calibrating import rollback_calibration as rollback_calibration
    from emgctl.api.evaluation import Evaluation as Evaluation
    from emgctl.api.evaluation import evaluate as evaluate
    from emgctl.api.experiments import run_experiment as run_experiment
    from emgctl.api.live import OpenInput as OpenInput
    from emgctl.api.live import decode as decode
    from emgctl.api.live import open_input as open_input
    from emgctl.api.models import load_model as load_model
    from emgctl.api.models import load_pose_model as load_pose_model
    from emgctl.api.plots import Plot as Plot
    from emgctl.api.pose import PoseEvaluation as PoseEvaluation
    from emgctl.api.pose import evaluate_pose as evaluate_pose
    from emgctl.api.pose import train_pose as train_pose
    from emgctl.api.recordings import Recording as Recording
    from emgctl.api.recordings import read as read
    from emgctl.api.recordings import read_all as read_all
    from emgctl.api.runs import run as run
    from emgctl.api.training import train as train
    from emgctl.api.training_results import GestureTrainingResult as GestureTrainingResult
    from emgctl.api.training_results import PoseTrainingResult as PoseTrainingResult
    from emgctl.api.training_results import TrainingResult as TrainingResult
    from emgctl.calibration.options import Calibration as Calibration
    from emgctl.errors import CalibrationError as CalibrationError
    from emgctl.errors import DeviceError as DeviceError
    from emgctl.errors import EmgctlError as EmgctlError
    from emgctl.errors import FileError as FileError
    from emgctl.errors import ModelError as ModelError
    from emgctl.errors import PluginError as PluginError
    from emgctl.errors import ProfileError as ProfileError
    from emgctl.errors import UsageError as UsageError
    from emgctl.inference.model import Model as Model
    from emgctl.inference.pose_model import PoseModel as PoseModel
    from emgctl.stats import RunStats as RunStats
    from emgctl.types import Gesture as Gesture
    from emgctl.types import Pose as Pose
    from emgctl.types import SampleBlock as SampleBlock
    from emgctl.types import Signal as Signal

__version__ = "0.2.0"

__all__ = [
    "Calibration",
    "CalibrationError",
    "DeviceError",
    "EmgctlError",
    "Evaluation",
    "FileError",
    "Gesture",
    "GestureTrainingResult",
    "Model",
    "ModelError",
    "OpenInput",
    "Plot",
    "PluginError",
    "Pose",
    "PoseEvaluation",
    "PoseModel",
    "PoseTrainingResult",
    "ProfileError",
    "Recording",
    "RunStats",
    "SampleBlock",
    "Signal",
    "TrainingResult",
    "UsageError",
    "calibrate",
    "decode",
    "evaluate",
    "evaluate_pose",
    "find_rotation",
    "load_model",
    "load_pose_model",
    "open_input",
    "read",
    "read_all",
    "rollback_calibration",
    "run",
    "run_experiment",
    "train",
    "train_pose",
]

_HOMES = {
    "api.calibrating": ("calibrate", "find_rotation", "rollback_calibration"),
    "api.evaluation": ("Evaluation", "evaluate"),
    "api.experiments": ("run_experiment",),
    "api.live": ("OpenInput", "decode", "open_input"),
    "api.models": ("load_model", "load_pose_model"),
    "api.plots": ("Plot",),
    "api.pose": ("PoseEvaluation", "evaluate_pose", "train_pose"),
    "api.recordings": ("Recording", "read", "read_all"),
    "api.runs": ("run",),
    "api.training": ("train",),
    "api.training_results": ("GestureTrainingResult", "PoseTrainingResult", "TrainingResult"),
    "calibration.options": ("Calibration",),
    "errors": (
        "CalibrationError",
        "DeviceError",
        "EmgctlError",
        "FileError",
        "ModelError",
        "PluginError",
        "ProfileError",
        "UsageError",
    ),
    "inference.model": ("Model",),
    "inference.pose_model": ("PoseModel",),
    "stats": ("RunStats",),
    "types": ("Gesture", "Pose", "SampleBlock", "Signal"),
}


def __getattr__(name: str) -> object:
    """Import a name of the API when it is first used (PEP 562)."""
    import importlib

    for module, names in _HOMES.items():
        if name in names:
            found: object = getattr(importlib.import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Everything that is imported already, and what can be."""
    return sorted({*globals(), *__all__})
