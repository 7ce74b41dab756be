"""Many cells with one hand, one after the other, on as few processes as the cases allow."""

from cells import Cell, measure
from rig import Rig


def series(protocol, safe, cases, late_s=0.0, lsl=False):
    """Yield the cell of each case that concerns this hand; the run goes on from cell to cell where it can."""
    for record, cable in ((False, False), (True, False), (False, True)):
        chosen = [case for case in cases if protocol in case.hands and (case.record, case.cable) == (record, cable)]
        if chosen:
            yield from _on_one_rig(protocol, safe, chosen, record, cable, late_s, lsl)


def _on_one_rig(protocol, safe, cases, record, cable, late_s, lsl):
    rig = None
    try:
        for case in cases:
            try:
                if rig is None:
                    rig = Rig(protocol, safe, record, cable, lsl)
                if rig.run is None:
                    rig.start()
                cell = measure(rig, case, late_s)
            except Exception as error:  # a cell that can't be measured is a bad one, and the next ones go on
                cell = Cell(case.name, protocol, case.state, safe, problems=[f"{type(error).__name__}: {error}"])
            yield cell
            if not cell.good and rig is not None:  # nothing of what went wrong may be blamed on the next case
                rig.close()
                rig = None
    finally:
        if rig is not None:
            rig.close()
