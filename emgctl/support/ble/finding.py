"""Which of the devices in range to connect to."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence

from emgctl.errors import DeviceError
from emgctl.support.ble.radio import Found, Radio

log = logging.getLogger(__name__)
_MAC = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}", re.IGNORECASE)


async def find(
    radio: Radio, kind: str, noun: str, remedy: str, seconds: float, addresses: Sequence[str]
) -> list[Found]:
    """Find the devices with these addresses, in this order; the nearest one where none is given.

    ``noun`` is what a user calls them, as in "no armband found", and ``remedy`` what to do then.

    Raises:
        DeviceError: not all of them were found within ``seconds``.
    """
    wanted = [address.lower() for address in addresses]

    def enough(found: Sequence[Found]) -> bool:
        seen = {one.address.lower() for one in found}
        return seen.issuperset(wanted) if wanted else bool(found)

    found = await radio.scan(seconds, enough, settle=not wanted)
    if not wanted and found:
        if len(found) > 1:
            listed = ", ".join(f"{one.address} ({one.rssi_dbm} dBm)" for one in found[:8])
            log.warning(
                "found %d %ss: %s. Using the nearest, %s; set 'address' to choose",
                len(found), noun, listed, found[0].address,
            )  # fmt: skip
        return found[:1]
    known = {one.address.lower(): one for one in found}
    if wanted and known.keys() >= set(wanted):
        return [known[address] for address in wanted]
    missing = ", ".join(address for address in addresses if address.lower() not in known)
    if sys.platform == "darwin" and any(_MAC.fullmatch(address) for address in addresses):
        remedy = "macOS has a UUID of its own for each device instead; take it from: emgctl devices"
    others = f" (found: {', '.join(one.address for one in found)})" if found else ""
    raise DeviceError(f"{kind} {missing}".strip(), f"no {noun} found within {seconds:g} s{others}", remedy)
