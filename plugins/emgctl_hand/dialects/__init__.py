"""Protocols of the supported hands: each is a small codec that needs no port and can be tested on its own."""

from emgctl_hand.dialects.ability import Ability
from emgctl_hand.dialects.arduino import Arduino
from emgctl_hand.dialects.dialect import Dialect, Telemetry
from emgctl_hand.dialects.inspire import Inspire
from emgctl_hand.dialects.packet import Packet
from emgctl_hand.dialects.rohand import RoHand

DIALECTS: dict[str, type[Dialect]] = {
    "ability": Ability,
    "inspire": Inspire,
    "arduino": Arduino,
    "rohand": RoHand,
    "packet": Packet,
}

__all__ = ["DIALECTS", "Ability", "Arduino", "Dialect", "Inspire", "Packet", "RoHand", "Telemetry"]
