"""Input ``mindrove``: the Wi-Fi armband of MindRove, through its library, which is a fork of BrainFlow."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input
from emgctl.support.diagnostics import Device
from emgctl_brainflow.board_input import BoardInput
from emgctl_brainflow.library import Library
from emgctl_brainflow.options import BoardOptions

ARMBAND, PORT = "192.168.4.1", 4210  # of the network that the armband makes


class MindroveOptions(BoardOptions):
    """Which device: ``wifi`` (an armband), ``syncbox`` (several, through MindRove's box) or ``synthetic``."""

    board: int | Annotated[str, Field(min_length=1, examples=["wifi", "syncbox"])] = "wifi"


class MindroveInput(BoardInput):
    """The MindRove armband over Wi-Fi: 8 channels at 500 Hz."""

    kind = "mindrove"
    Options = MindroveOptions
    library = Library("mindrove", "MindRoveInputParams")
    no_samples = (
        "switch the armband on, join the Wi-Fi network that it makes, close MindRove's own program, and let "
        "Python through this computer's firewall"
    )
    no_board = "see https://docs.mindrove.com"

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:  # noqa: ARG003 - nothing is sent, so nothing is waited for
        """The armband, if this computer is in the network of one."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
            try:
                route.connect((ARMBAND, PORT))
                here = str(route.getsockname()[0])
            except OSError:  # no network at all
                return
        if here.rpartition(".")[0] == ARMBAND.rpartition(".")[0]:
            yield Device("mindrove", "wifi", detail=f"probably: this computer has the address {here} in its network")


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [MindroveInput]
