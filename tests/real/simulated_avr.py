"""A program on a simulated ATmega328P."""

import os
import subprocess
import threading
import tty
from pathlib import Path

HERE = Path(__file__).parent


def runner(folder):
    """The simulator, built in this folder."""
    libraries = ["-lsimavr", "-lsimavrparts", "-lelf"]
    subprocess.run(["cc", "-O2", "-o", folder / "runner", HERE / "avr" / "runner.c", *libraries], check=True)
    return folder / "runner"


class SimulatedAvr:
    """A program, run in real time with its UART on a pseudo-terminal; ``edges`` are what its pins did."""

    def __init__(self, program, firmware):
        self._line, port = os.openpty()
        tty.setraw(port)
        self.port, self._ends = os.ttyname(port), (self._line, port)
        self.process = subprocess.Popen(
            [program, firmware], stdin=self._line, stdout=self._line, stderr=subprocess.PIPE, text=True
        )
        self.edges = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            words = line.split()
            if len(words) == 3:
                self.edges.append((float(words[0]), int(words[1]), int(words[2])))

    def close(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stderr.close()
        for end in self._ends:
            os.close(end)
