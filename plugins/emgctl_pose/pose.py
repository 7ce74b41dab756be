"""Decoder ``pose``."""

from __future__ import annotations

from emgctl.inference.pose_decoder import PoseDecoder as BasePoseDecoder


class PoseDecoder(BasePoseDecoder):
    """A trained hand-pose regressor (ONNX), with smoothing, joint limits, confidence and its own idea of rest."""

    kind = "pose"
