"""Input ``brainflow``: a board of BrainFlow (brainflow.org) that has EMG channels."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emgctl_brainflow.board_input import BoardInput
from emgctl_brainflow.library import Library
from emgctl_brainflow.options import BoardOptions


class BrainflowOptions(BoardOptions):
    """Which board, by BrainFlow's name (cyton, ganglion_native ...) or number, and how it is reached.

    What a board needs is listed in BrainFlow's page of supported boards, under the same names. ``timeout`` is how many
    seconds a radio looks for it.
    """

    board: int | Annotated[str, Field(min_length=1, examples=["cyton", "ganglion_native"])]
    serial_port: str = ""
    mac_address: str = ""
    serial_number: str = ""
    ip_protocol: Annotated[int, Field(ge=0, le=2)] = 0
    other_info: str = ""
    timeout: Annotated[int, Field(ge=0, le=600)] = 0


class BrainflowInput(BoardInput):
    """OpenBCI Cyton and Ganglion, gForce, FreeEEG, Callibri and others, through the library BrainFlow."""

    kind = "brainflow"
    Options = BrainflowOptions
    library = Library("brainflow", "BrainFlowInputParams")
    no_samples = "switch the board on, and check the options and its distance from the dongle or this computer"
    no_board = "see https://brainflow.readthedocs.io/en/stable/SupportedBoards.html"
