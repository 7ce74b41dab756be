"""One cell of the matrix: a case with a hand, measured on the simulated hand's own clock."""

import json
import threading
import time
from dataclasses import asdict, dataclass, field

import hands
from cases import LASTS_S, AbsentError
from rig import STALE_S

from emgctl.errors import EmgctlError
from emgctl.recording.reader import read_recording

MOVED = 0.0005  # of a drive's range: less is rounding
ALLOWED_S = 0.1
NO_MORE_S = 0.3  # with the gesture going on after a fault is over, nothing may move
LONGEST_S = 7.0  # until a lost device is opened again, with its growing waits
OTHERS = ("osc", "keyboard", "gamepad", "output", "slow_output", "log", "http")
POLLED_S = 0.01


@dataclass
class Cell:
    """What was measured. Times are in seconds since the fault's onset, None where they do not apply."""

    case: str
    hand: str
    state: str
    safe: str
    stop_s: float | None = None
    bound_s: float = 0.0
    unintended: int = 0
    safe_reached: bool | None = None
    moved_again: bool | None = None
    answer: str = ""
    answer_s: float | None = None
    exit_s: float | None = None
    status: int | None = None
    others_s: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    absent: str = ""

    @property
    def good(self):
        return bool(self.absent) or not self.problems

    def as_json(self):
        return json.dumps(asdict(self) | {"good": self.good})


def measure(rig, case, late_s=0.0):
    """Run one cell on a rig whose run is at rest; ``late_s`` more is allowed on a machine that does other things."""
    cell = Cell(case.name, rig.protocol, case.state, rig.safe, bound_s=case.bound_s)
    try:
        _set_moving(rig)
        if case.outputs and not case.ends:  # a page of a run that is over shows nothing
            _poll(rig, case.bound_s + late_s)
        begun_s = case.inject(rig)
    except AbsentError as absent:
        cell.absent = str(absent)
        return cell
    except StuckError as stuck:
        cell.problems.append(str(stuck))
        return cell
    if case.ends:
        _watch_the_end(rig, case, cell, begun_s, late_s)
    else:
        _watch_the_fault(rig, case, cell, begun_s, late_s)
    judge = _Judge(rig, case, cell, begun_s, begun_s + case.bound_s + late_s)
    judge.fault()
    if case.outputs:
        _others(rig, case, cell, begun_s, begun_s + case.bound_s + late_s)
    if not case.ends and rig.run.poll() is not None:
        rig.stop()
        rig.start()
        return cell
    if case.ends:
        rig.stop()
        rig.start()
    if case.release is not None:
        _stays_until_released(rig, case, cell)
    elif case.name.startswith("kill"):
        _stays_killed(rig, cell)
    _moves_again_after_rest(rig, cell)
    return cell


class StuckError(Exception):
    """The hand does not move although nothing is wrong."""


def _set_moving(rig):
    """Make a gesture that moves the hand, and wait until it moves; which gesture it is."""
    way, since_s = _way(rig), time.time()
    rig.gesture(way)
    if not rig.events.wait(lambda: len(_motions(rig, since_s)) >= 3, 3.0):
        raise StuckError(f"the hand does not obey '{way}' before the fault; stderr: {rig.stderr()[-300:]}")


def _way(rig):
    """The gesture with which the hand has a way to go."""
    return "fist" if rig.hand.closed < 0.5 else "open"


def _motions(rig, since_s, until_s=None, way="any"):
    """The hand's movements of a time."""
    found = []
    for one in rig.events.since(since_s, "hand", "moved"):
        size = max(one["closing"], one["opening"]) if way == "any" else one[way]
        if size > MOVED and (until_s is None or one["wall_s"] < until_s):
            found.append(one)
    return found


def _watch_the_fault(rig, case, cell, begun_s, late_s):
    time.sleep(max(begun_s + case.lasts_s - time.time(), 0))
    if case.undo is not None:
        losses, returns = _losses(rig), _returns(rig)
        case.undo(rig)
        until_s = time.time() + LONGEST_S
        while losses > returns == _returns(rig) and time.time() < until_s:
            time.sleep(0.02)  # a hand that was away can only be made safe once it is there again
    time.sleep(max(begun_s + case.bound_s + late_s - time.time(), 0))
    if not case.goes_on:
        rig.order("input", _way(rig))  # which would be seen, wherever the hand has come
    time.sleep(NO_MORE_S)
    if rig.run.poll() is not None:
        cell.status = rig.run.returncode
        cell.problems.append(f"the run has ended with {cell.status}: {rig.stderr()[-300:]}")


def _losses(rig):
    return rig.stderr().count("output 'hand' is lost")


def _returns(rig):
    return rig.stderr().count("output 'hand' is back")


def _watch_the_end(rig, case, cell, begun_s, late_s):
    try:
        rig.run.wait(4.0 if case.lasts_s < 4 else case.lasts_s)
        cell.exit_s = time.time() - begun_s
    except Exception:
        cell.problems.append("the run does not end")
    cell.status = rig.run.poll()
    longest_s = rig.hand.closed / hands.SPEED_PER_S if rig.safe == "open" else 0.0
    time.sleep(case.bound_s + longest_s + NO_MORE_S)
    stderr = rig.stderr()
    if "Traceback" in stderr:
        cell.problems.append("there is a traceback")
    if case.status is not None and cell.status is not None and cell.status != case.status:
        cell.problems.append(f"status {cell.status}, not {case.status}: {stderr[-200:]}")
    if case.record:
        _read_back(rig, cell)
    if cell.exit_s is not None and cell.exit_s > 1.0 + late_s:
        cell.problems.append(f"the run ended after {cell.exit_s:.2f} s")


def _read_back(rig, cell):
    """Whether what was recorded up to then can be read."""
    try:
        seconds = len(read_recording(rig.recording).samples) / 200.0
    except EmgctlError as error:
        cell.problems.append(f"the recording can't be read: {error}")
    else:
        if seconds < 0.1:
            cell.problems.append(f"the recording has {seconds:g} s")


class _Judge:
    """Says of each movement whether it was meant."""

    def __init__(self, rig, case, cell, begun_s, bound_at_s):
        self._rig, self._case, self._cell = rig, case, cell
        self._begun_s, self._bound_at_s = begun_s, bound_at_s

    def fault(self):
        rig, case, cell = self._rig, self._case, self._cell
        way = "any" if rig.safe == "hold" else "closing"
        motions = _motions(rig, self._begun_s, way=way)
        if case.goes_on:
            ages_s = [self._age(one["wall_s"]) for one in motions]
            cell.stop_s = max(ages_s, default=0.0)
            cell.unintended = sum(
                age_s > STALE_S + ALLOWED_S + self._bound_at_s - self._begun_s - case.bound_s for age_s in ages_s
            )
        else:
            cell.stop_s = motions[-1]["wall_s"] - self._begun_s if motions else 0.0
            if rig.protocol == "lines":
                self._safe_line()
            cell.unintended = sum(one["wall_s"] > self._bound_at_s for one in motions)
            cell.safe_reached = self._safe()
            if not cell.safe_reached:
                where, stderr = max(rig.hand.closures.values()), rig.stderr()[-300:]
                cell.problems.append(f"the safe state is not reached: closed to {where:.3f}; stderr: {stderr}")
        if cell.unintended:
            cell.problems.append(f"{cell.unintended} movements that nobody meant, the last after {cell.stop_s:.3f} s")
        for one in rig.events.since(self._begun_s, event="answer"):
            cell.answer, cell.answer_s = str(one["answer"]).strip(), one["took_s"]

    def _safe_line(self):
        """A hand of lines goes at its own speed, so what counts is the line that makes it safe."""
        line = hands.SAFE_LINES[self._rig.safe]
        orders = self._rig.events.since(self._begun_s - 0.3, "hand", "line")
        before = [one["line"] for one in orders if one["wall_s"] < self._begun_s]
        safe_s = [one["wall_s"] for one in orders if one["wall_s"] >= self._begun_s and one["line"] == line]
        safe_s += [self._begun_s] if before[-1:] == [line] else []  # it was safe already
        self._cell.stop_s = min(safe_s) - self._begun_s if safe_s else None
        if not safe_s or min(safe_s) > self._bound_at_s:
            self._cell.problems.append(f"'{line}' was sent after {self._cell.stop_s} s")

    def _age(self, at_s):
        """How old the newest decision was at a time."""
        decided = [one["wall_s"] for one in self._rig.events.since(0, "decoder", "decided") if one["wall_s"] <= at_s]
        return at_s - decided[-1] if decided else at_s - self._begun_s

    def _safe(self):
        """Whether the hand is where its safe state wants it."""
        if self._rig.safe == "hold":
            return not self._cell.unintended
        left_s = self._rig.hand.closed / hands.SPEED_PER_S
        self._rig.events.wait(lambda: max(self._rig.hand.closures.values()) < 0.02, left_s + 0.5)
        return max(self._rig.hand.closures.values()) < 0.02


def _poll(rig, seconds):
    """Look at the page meanwhile."""
    before = rig.state()

    def look():
        until_s = time.time() + seconds + LASTS_S
        while time.time() < until_s:
            if (neutral := rig.state()) is not None:
                rig.events.add(source="http", wall_s=time.time(), event="neutral" if neutral else "driven")
            time.sleep(POLLED_S)

    rig.events.add(source="http", wall_s=time.time(), event="neutral" if before else "driven")
    threading.Thread(target=look, daemon=True).start()


def _others(rig, case, cell, begun_s, bound_at_s):
    """When every other output became neutral, and whether it stayed so."""
    for name in (*OTHERS, *(["lsl"] if rig.lsl else [])):
        if name == "http" and case.ends:
            continue
        told = _log(rig) if name == "log" else rig.events.since(0, name)
        told = [one for one in told if one.get("event") in ("neutral", "driven")]
        before = [one for one in told if one["wall_s"] < begun_s]
        after = [one for one in told if one["wall_s"] >= begun_s]
        at_s = [one["wall_s"] for one in after if one["event"] == "neutral"]
        at_s = [begun_s] if not before or before[-1]["event"] == "neutral" else at_s
        cell.others_s[name] = round(min(at_s) - begun_s, 4) if at_s else None
        again = [one for one in after if one["event"] == "driven" and one["wall_s"] > bound_at_s]
        if not at_s or min(at_s) > bound_at_s:
            cell.problems.append(f"{name} is neutral after {cell.others_s[name]} s")
        elif again:
            cell.problems.append(f"{name} is driven again before rest, {again[0]['wall_s'] - begun_s:.3f} s after")


def _log(rig):
    whole, _, _ = (rig.folder / "log.jsonl").read_text().rpartition("\n")  # the last line may still be being written
    lines = [json.loads(line) for line in whole.splitlines()[-500:]]
    return [{"wall_s": one["wall_s"], "event": "driven" if one["buttons"] else "neutral"} for one in lines]


def _stays_until_released(rig, case, cell):
    """What was stopped stays so after rest, and after its release until rest."""
    _stays(rig, cell, "while it is stopped")
    case.release(rig)
    if case.name != "STOP by a gesture":
        since_s = time.time()
        rig.gesture(_way(rig), settled_s=NO_MORE_S / 2)
        _nothing_since(rig, cell, since_s, "released, but before rest")


def _stays_killed(rig, cell):
    """Only another run moves the hand again."""
    _stays(rig, cell, "after it was killed")
    rig.post("/resume")
    _stays(rig, cell, "after a wish to go on, which ends no kill")
    rig.stop()
    rig.start()


def _moves_again_after_rest(rig, cell):
    until_s = time.time() + LONGEST_S
    while not cell.moved_again and time.time() < until_s:  # a device that was lost takes a while to be back
        rig.gesture("rest", settled_s=0.1)
        since_s = time.time()
        rig.gesture(_way(rig))
        cell.moved_again = rig.events.wait(lambda: bool(_motions(rig, since_s)), 0.5)  # noqa: B023 - within the turn
    if not cell.moved_again:
        cell.problems.append(f"it does not move again after rest; stderr: {rig.stderr()[-300:]}")
    rig.gesture("rest", settled_s=0.05)
    rig.events.forget(time.time() - 2.0)


def _stays(rig, cell, when):
    rig.gesture("rest", settled_s=0.1)
    since_s = time.time()
    rig.gesture(_way(rig), settled_s=NO_MORE_S / 2)
    _nothing_since(rig, cell, since_s, when)


def _nothing_since(rig, cell, since_s, when):
    moved = _motions(rig, since_s, way="any" if rig.safe == "hold" else "closing")
    if moved:
        cell.unintended += len(moved)
        cell.problems.append(f"{len(moved)} movements {when}")
