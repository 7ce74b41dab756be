"""The input ``otb``, virtual amplifiers, and the amplifiers' files."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import DatasetReader, Input, Simulator
from emgctl_otb.files import Otb as OtbFiles
from emgctl_otb.otb import Otb
from emgctl_otb.simulator import Muovi, Quattrocento, Sessantaquattro


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [Otb]


@hookimpl
def emgctl_datasets() -> list[type[DatasetReader]]:
    """Register the reader."""
    return [OtbFiles]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual amplifiers."""
    return [Quattrocento, Sessantaquattro, Muovi]
