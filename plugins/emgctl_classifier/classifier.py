"""Decoder ``classifier``."""

from __future__ import annotations

from emgctl.inference.gesture_decoder import GestureDecoder


class Classifier(GestureDecoder):
    """A trained gesture classifier (ONNX), with rejection, smoothing, hysteresis and dwell."""

    kind = "classifier"
