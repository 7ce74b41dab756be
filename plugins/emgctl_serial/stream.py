"""What a board sends, once it is known: its rows, and the options that state it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emgctl.recording.listening.layout import Layout, Row
from emgctl.recording.listening.line_format import LineFormat, complete_lines
from emgctl_serial.packets import take_packets


@dataclass(frozen=True, slots=True)
class BoardStream:
    """What the board sends: ``form`` of its lines, None for packets of ``packet_channels`` channels.

    ``options`` are those of the input that make listening unnecessary.
    """

    baud: int
    layout: Layout
    form: LineFormat | None
    packet_channels: int = 0
    options: tuple[tuple[str, Any], ...] = ()

    def rows(self, buffer: bytearray) -> Iterator[Row | None]:
        """Take the complete rows out of a buffer; None stands for a damaged one."""
        if self.form is None:
            packets, skipped = take_packets(buffer, self.packet_channels)
            if skipped:
                yield None
            for number, values in packets:
                yield Row([values[place] for place in self.layout.electrodes], None, number)
            return
        for line in complete_lines(buffer):
            if line.strip():
                numbers = self.form.values(line)
                yield None if numbers is None else self.layout.row(numbers)
