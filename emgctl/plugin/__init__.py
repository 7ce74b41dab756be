"""What a plugin author subclasses: Input, Decoder, Output, DatasetReader, FileReader, Simulator and their Options.

A plugin class names its ``kind`` (the word used in a profile) and its ``Options`` (a pydantic model, so that a wrong
profile is explained before anything is opened). Device libraries are imported in ``open``, never at module import.
The docstring's first line is what ``emgctl plugins`` shows. What a plugin can do beyond its role, such as loading a
model file or being tested without an armband, are protocols (:mod:`emgctl.plugin.capabilities`): a class that has their
methods has the capability, without registering it. :mod:`emgctl.testing` has the contract tests and fakes.
"""

from emgctl.plugin.capabilities import (
    Adjustable,
    DescribesStream,
    EstimatesConfusion,
    HasModel,
    HasParts,
    MakesGrips,
    Probeable,
    RemoteControl,
    Rotatable,
    Selectable,
    SelectsClasses,
    StreamDescription,
    select_classes,
)
from emgctl.plugin.dataset_reader import DatasetReader
from emgctl.plugin.decoder import Decoder, WindowSpec
from emgctl.plugin.file_reader import FileReader
from emgctl.plugin.input import EndOfRecording, Input
from emgctl.plugin.output import Controls, Output
from emgctl.plugin.plugin import Options, Plugin, ProfilePath
from emgctl.plugin.run_context import RunContext
from emgctl.plugin.simulator import Simulator
from emgctl.plugin.statement import ReadsAsStated, Statement

__all__ = [
    "Adjustable",
    "Controls",
    "DatasetReader",
    "Decoder",
    "DescribesStream",
    "EndOfRecording",
    "EstimatesConfusion",
    "FileReader",
    "HasModel",
    "HasParts",
    "Input",
    "MakesGrips",
    "Options",
    "Output",
    "Plugin",
    "Probeable",
    "ProfilePath",
    "ReadsAsStated",
    "RemoteControl",
    "Rotatable",
    "RunContext",
    "Selectable",
    "SelectsClasses",
    "Simulator",
    "Statement",
    "StreamDescription",
    "WindowSpec",
    "select_classes",
]
