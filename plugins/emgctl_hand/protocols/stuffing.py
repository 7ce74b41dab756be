"""PPP's byte stuffing (RFC 1662, section 4.2), as used by the Ability Hand."""

from __future__ import annotations

FLAG, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
LONGEST = 512  # bytes of an incomplete frame; anything longer is garbage


def stuffed(payload: bytes) -> bytes:
    """Build a frame: flags at both ends, flags and escapes inside escaped."""
    out = bytearray([FLAG])
    for byte in payload:
        if byte in (FLAG, ESCAPE):
            out += bytes([ESCAPE, byte ^ FLIP])
        else:
            out.append(byte)
    out.append(FLAG)
    return bytes(out)


class Unstuffer:
    """Extracts frames from a byte stream split anywhere."""

    def __init__(self) -> None:
        self._frame = bytearray()
        self._escaped = False

    def push(self, data: bytes) -> list[bytes]:
        """Return the payloads completed by ``data``."""
        frames = []
        for byte in data:
            if byte == FLAG:
                if self._frame and not self._escaped:  # an escape before a flag aborts the frame
                    frames.append(bytes(self._frame))
                self._frame.clear()
                self._escaped = False
            elif self._escaped:
                self._frame.append(byte ^ FLIP)
                self._escaped = False
            elif byte == ESCAPE:
                self._escaped = True
            else:
                self._frame.append(byte)
            if len(self._frame) > LONGEST:
                self._frame.clear()
        return frames
