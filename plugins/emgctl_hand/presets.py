"""Text lines for hands with vendor documentation; lines in a profile override them.

Open Bionics Ada and Brunel: Open-Bionics/Artichoke and Open-Bionics/Beetroot, SerialControl.cpp. DexHand:
iotdesignshop/dexhand-ble. Ada's demo mode (A0) is on by default and blocks the line: switch it off once.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Preset:
    """A hand's lines: for gestures named after grips, for any other gesture, and the safe line."""

    baud: int
    terminator: str
    safe_line: str
    lines: dict[str, str] = field(default_factory=dict)


PRESETS = {
    # the MIC-Laboratory's arm, with its sketch changed to read a class and a newline: 0 rest 1 fist 2 ok 3 thumb-up
    "spresense-classes": Preset(250_000, "\n", "0", {"rest": "0", "fist": "1", "ok": "2", "thumbs_up": "3"}),
    # G n O or C opens or closes grip n; Ada's grips: 0 fist 1 palm 2 thumbs-up 3 point 4 pinch 5 tripod
    "openbionics-ada": Preset(
        38_400,
        "\r",
        "G0 O",
        {"fist": "G0 C", "thumbs_up": "G2 C", "point": "G3 C", "pinch": "G4 C", "tripod": "G5 C", "open": "G0 O"},
    ),
    # Brunel's four motors F0 to F3, P0 open to P100 closed
    "openbionics-brunel": Preset(115_200, "\r", "O", {"fist": "C", "open": "O"}),
    # set:DRIVE:ANGLE; drives 2, 5, 8, 11 are the fingers' flexion
    "dexhand-usb": Preset(
        9_600,
        "\n",
        "default",
        {
            "fist": "set:2:100\nset:5:100\nset:8:100\nset:11:100",
            "open": "set:2:0\nset:5:0\nset:8:0\nset:11:0",
            "point": "set:2:0\nset:5:100\nset:8:100\nset:11:100",
        },
    ),
}
