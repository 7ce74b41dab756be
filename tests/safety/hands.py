"""The hands of the matrix: what a profile needs for each, and how each is simulated."""

SPEED_PER_S = 0.15  # slow, so that the hand is still moving when the fault comes
ANSWERING = ("ability", "inspire", "rohand", "arduino")
HANDS = (*ANSWERING, "packet", "lines")
SAFE = {
    "hold": dict.fromkeys(("silence", "fault", "halt", "end"), "hold"),
    "open": dict.fromkeys(("silence", "fault", "halt", "end"), "open"),
}
"""The two sets of safe states that cells take turns with."""

SAFE_LINES = {"hold": "HOLD", "open": "OPEN"}

DRIVES = ("thumb_rotation", "thumb", "index", "middle", "ring", "little")


def output(dialect, port, safe, options):
    """A profile's section for the hand; ``options`` are those that the simulated hand asks for."""
    section = {"kind": "hand", "port": port, "dialect": dialect} | options
    if dialect == "lines":
        return section | {"safe_line": SAFE_LINES[safe]}
    control = {"grips": {"fist": "power", "open": "open"}, "move": "position", "speed_per_s": SPEED_PER_S}
    return section | {"control": control | {"safe": SAFE[safe]}}
