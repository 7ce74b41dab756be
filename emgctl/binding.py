"""Binds predictions to commands by the profile's mapping. Pure: no clock but the predictions' own."""

from __future__ import annotations

from emgctl.mapping import Axis, Hold, Mapping, Press
from emgctl.types import Command, Gesture, Pose, Prediction


class Binding:
    """Turns each prediction into the complete state of all controls.

    What it remembers is small: the gesture that lasts, and which pressed buttons end when. :meth:`reset` forgets both,
    so that nothing stays pressed after a neutral command.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._label = ""
        self._pressed_until: dict[str, float] = {}

    def reset(self) -> None:
        """Release everything; the next gesture counts as one that begins."""
        self._label = ""
        self._pressed_until.clear()

    def command(self, prediction: Prediction) -> Command:
        """The command that ``prediction`` asks for, at the time its window ended."""
        if isinstance(prediction, Pose):
            joints = dict(zip(prediction.joints, prediction.angles_rad.tolist(), strict=True))
            return Command(prediction.window_end_s, joints=joints, prediction=prediction)
        return self._gesture(prediction)

    def _gesture(self, gesture: Gesture) -> Command:
        now_s, begins = gesture.window_end_s, gesture.label != self._label
        self._label = gesture.label
        buttons: set[str] = set()
        axes: dict[str, float] = {}
        for action in self._mapping.get(gesture.label, ()):
            if isinstance(action, Press):
                if begins:
                    self._pressed_until[action.button] = now_s + action.for_s
            elif isinstance(action, Hold):
                buttons.add(action.button)
            elif isinstance(action, Axis):
                axes[action.axis] = action.value
            else:
                axes[action.axis] = action.value(gesture.intensity)
        if self._pressed_until:
            self._pressed_until = {button: end_s for button, end_s in self._pressed_until.items() if end_s > now_s}
            buttons.update(self._pressed_until)
        return Command(now_s, axes=axes, buttons=frozenset(buttons), prediction=gesture)
