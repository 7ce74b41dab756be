"""The hand in motion: true and predicted pose side by side as a video (mp4, gif)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, UsageError, missing_extra
from emgctl.handmodel.drawing.shapes import BOX_MM, PREDICTED, TRUE, Shape, Side, Sketch
from emgctl.handmodel.kinematics import distance_mm
from emgctl.handmodel.track import twenty
from emgctl.support.atomic_write import put_in_place
from emgctl.types import PoseTrack

if TYPE_CHECKING:
    from PIL import Image

ENDINGS = (".mp4", ".gif")
FPS, SIZE = 25.0, (480, 360)

_FINE, _BLOCK = 2, 256  # oversampling of hands; frames per batch of shapes
_LINE_MM, _TEXT, _MARGIN = 1.5, 0.055, 0.12  # text and the margin it needs as shares of a frame's height
_INK = "#222222"


def movie(
    path: Path,
    true: PoseTrack | None,
    predicted: PoseTrack | None,
    rate_hz: float,
    fps: float = FPS,
    size: tuple[int, int] = SIZE,
    side: Side = "right",
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Render poses in real time: one hand, or true and predicted side by side with their landmark error.

    Unknown poses (NaN) are left empty. Each frame shows the latest pose.

    Args:
        path: a file name ending in .mp4 or .gif; an existing file is replaced.
        true: measured pose, in radians.
        predicted: decoded pose, in radians and as long as the true one.
        rate_hz: poses per second.
        fps: frames per second; for a gif, rounded to whole hundredths of a second per frame.
        size: frame width and height in pixels, both even.
        side: right or left hand.
        progress: called with the number of frames rendered.

    Returns:
        The number of frames.

    Raises:
        UsageError: there is no pose, the two differ in length, or the video's size or format is not supported.
        FileError: the video cannot be written.
        DeviceError: the extra ``movie`` is not installed.
    """
    tracks = [(name, track, color) for name, track, color in
              (("true", true, TRUE), ("predicted", predicted, PREDICTED)) if track is not None]  # fmt: skip
    if not tracks or not min(len(track.values) for _, track, _ in tracks):
        raise UsageError("there is no pose to render")
    if len({len(track.values) for _, track, _ in tracks}) > 1:
        raise UsageError("the true and the predicted pose differ in length")
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"{path}: the file name must end in {' or '.join(ENDINGS)}")
    if min(size) < 64 or size[0] % 2 or size[1] % 2:
        raise UsageError(f"a video of {size[0]} x {size[1]} pixels is not possible: use even numbers of at least 64")
    gif = path.suffix.lower() == ".gif"
    if gif:
        fps = 100 / max(2, round(100 / fps))  # gif times are whole hundredths of a second
    try:
        import PIL  # noqa: F401 - used for drawing
    except ImportError as error:
        raise missing_extra("a video", "pillow", "movie") from error
    count = len(tracks[0][1].values)
    last = np.arange(1, max(1, int(count / rate_hz * fps)) + 1) / fps * rate_hz
    at = np.clip(np.round(last).astype(np.int64) - 1, 0, count - 1)
    stage = _Stage([(name, twenty(track)[at], color) for name, track, color in tracks], size, side)
    frames = _reported(stage.frames(at / rate_hz), len(at), progress)
    write = _write_gif if gif else _write_mp4
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(part, frames, fps)
        put_in_place(part, path)
    except OSError as error:
        raise FileError.from_os(path, "written", error) from error
    finally:
        part.unlink(missing_ok=True)
    return len(at)


class _Stage:
    """Draws frames: hands side by side, names below, time and error above.

    Hands are drawn larger and scaled down, which smooths their lines.
    """

    def __init__(self, hands: list[tuple[str, NDArray[np.float32], str]], size: tuple[int, int], side: Side) -> None:
        from PIL import Image, ImageDraw, ImageFont

        self._size, self._hands, self._side = size, hands, side
        width, height = size[0] / len(hands), size[1] * (1 - 2 * _MARGIN)
        scale = min(width / BOX_MM[2], height / BOX_MM[3])
        self._corners = [round(width * (place + 0.5) - scale * BOX_MM[2] / 2) for place in range(len(hands))]
        fine = (round(scale * BOX_MM[2]) * _FINE, round(scale * BOX_MM[3]) * _FINE)
        self._large = Image.new("RGB", fine)
        self._scale = scale * _FINE
        self._font = ImageFont.load_default(max(9.0, size[1] * _TEXT))
        self._background = Image.new("RGB", size, "white")
        draw = ImageDraw.Draw(self._background)
        for place, (name, _, _) in enumerate(hands):
            draw.text((width * (place + 0.5), size[1] * (1 - _MARGIN / 2)), name, _INK, self._font, "mm")
        self._word = cache(self._written)  # most are reused

    def frames(self, times_s: NDArray[np.floating]) -> Iterator[Image.Image]:
        """Yield a frame for each time ``(T,)``, one per pose."""
        top, middle = round(self._size[1] * _MARGIN), self._size[0] // 2
        for first in range(0, len(times_s), _BLOCK):
            hands = [(angles[first : first + _BLOCK], color) for _, angles, color in self._hands]
            known = [np.isfinite(angles.sum(axis=1)) for angles, _ in hands]
            sketches = [
                Sketch(np.where(here[:, None], angles, 0), color, self._side)
                for (angles, color), here in zip(hands, known, strict=True)
            ]
            apart_mm = distance_mm(hands[0][0], hands[1][0]) if len(hands) > 1 else None
            for place, time_s in enumerate(times_s[first : first + _BLOCK]):
                frame = self._background.copy()
                for left, here, sketch in zip(self._corners, known, sketches, strict=True):
                    if here[place]:
                        drawn, (x, y) = self._drawn(sketch.shapes(place))
                        frame.paste(drawn, (left + x, top + y))
                clock = f"{time_s:.1f} s"
                if apart_mm is None:
                    frame.paste(self._word(clock), (middle - self._word(clock).width // 2, 0))
                else:
                    error = apart_mm[place]
                    distance = f"error {error:.1f} mm" if np.isfinite(error) else "error unknown"
                    frame.paste(self._word(clock), (middle // 2 - self._word(clock).width // 2, 0))
                    frame.paste(self._word(distance), (middle + middle // 2 - self._word(distance).width // 2, 0))
                yield frame

    def _drawn(self, shapes: list[Shape]) -> tuple[Image.Image, tuple[int, int]]:
        """A hand, and the position of its upper left corner in its panel."""
        from PIL import ImageDraw

        line = max(1, round(_LINE_MM * self._scale))
        points = (np.concatenate([shape.points for shape in shapes]) - BOX_MM[:2]) * self._scale
        size = np.array(self._large.size)
        begin = np.clip(points.min(axis=0) - line, 0, size).astype(int) // _FINE * _FINE
        end = np.clip(points.max(axis=0) + line + _FINE, 0, size).astype(int) // _FINE * _FINE
        box = (int(begin[0]), int(begin[1]), int(end[0]), int(end[1]))
        self._large.paste("white", box)
        draw = ImageDraw.Draw(self._large)
        numbers, first = points.ravel().tolist(), 0
        for shape in shapes:
            outline = numbers[first : first + 2 * len(shape.points)]
            first += len(outline)
            draw.polygon(outline, shape.fill)
            if shape.line != shape.fill:
                draw.line(outline + outline[:2], shape.line, line)
        return self._large.reduce(_FINE, box), (box[0] // _FINE, box[1] // _FINE)

    def _written(self, text: str) -> Image.Image:
        """Text as high as the upper margin."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (round(self._font.getlength(text)) + 2, round(self._size[1] * _MARGIN)), "white")
        ImageDraw.Draw(image).text((image.width / 2, image.height / 2), text, _INK, self._font, "mm")
        return image


def _reported(
    frames: Iterator[Image.Image], count: int, progress: Callable[[str, int, int], None] | None
) -> Iterator[Image.Image]:
    for number, frame in enumerate(frames):
        if progress is not None:
            progress("frames", number, count)
        yield frame


def _write_mp4(path: Path, frames: Iterator[Image.Image], fps: float) -> None:
    """Encode with ffmpeg, which comes with imageio."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise missing_extra("a video (.mp4)", "imageio[ffmpeg]", "movie") from error
    first = next(frames)
    writer = imageio_ffmpeg.write_frames(
        path, first.size, fps=fps, codec="libx264", quality=7, macro_block_size=2, ffmpeg_log_level="error",
        output_params=["-preset", "veryfast"],
    )  # fmt: skip
    writer.send(None)
    try:
        for frame in chain((first,), frames):
            writer.send(frame.tobytes())
    finally:
        writer.close()


def _write_gif(path: Path, frames: Iterator[Image.Image], fps: float) -> None:
    """Encode with Pillow, with one palette for all frames."""
    from PIL import Image

    first = next(frames)
    palette = first.quantize(64)
    small = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    palette.save(path, save_all=True, append_images=small, duration=round(1000 / fps), loop=0, optimize=False)
