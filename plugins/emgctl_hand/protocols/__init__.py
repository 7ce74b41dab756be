"""Protocols of the supported hands: each is a small codec that needs no port and can be tested on its own."""

from emgctl_hand.protocols.ability import Ability
from emgctl_hand.protocols.arduino import Arduino
from emgctl_hand.protocols.hand_protocol import HandProtocol, Telemetry
from emgctl_hand.protocols.inspire import Inspire
from emgctl_hand.protocols.packet import Packet
from emgctl_hand.protocols.rohand import RoHand

PROTOCOLS: dict[str, type[HandProtocol]] = {
    "ability": Ability,
    "inspire": Inspire,
    "arduino": Arduino,
    "rohand": RoHand,
    "packet": Packet,
}

__all__ = ["PROTOCOLS", "Ability", "Arduino", "HandProtocol", "Inspire", "Packet", "RoHand", "Telemetry"]
