"""The report: every figure is in it, the page needs no other file, and nothing of a user's can break it."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from needed import needs

from emgctl.errors import FileError
from emgctl.training.report.report import as_text, curves_png, write_report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

pytestmark = needs("matplotlib")

RESULT = {
    "decoder": "classifier",
    "model": "mlp",
    "labels": ["rest", "<b>fist & co"],
    "window_ms": 200.0,
    "accuracy": 0.90625,
    "balanced_accuracy": 0.875,
    "macro_f1": 0.86,
    "recall": {"rest": 0.95, "<b>fist & co": None},
    "confusion": [[95, 5], [0, 0]],
    "windows": 100,
    "baselines": {"chance": 0.5, "majority": 0.99},
    "worst_recording": {"name": "monday.csv", "accuracy": 0.7, "windows": 20},
    "left_out": "3 without a label",
    "training_labels": {"rest": 400, "<b>fist & co": 380},
    "split": "kfold:2",
    "split_said": "two folds",
    "leaks": False,
    "folds": [
        {"name": "block 1", "accuracy": 0.8, "balanced_accuracy": 0.8, "windows": 50},
        {"name": "block 2", "accuracy": 1.0, "balanced_accuracy": 1.0, "windows": 50},
    ],
}
HISTORY = {"loss": [1.0, 0.5, 0.25], "validation_loss": [1.1, 0.7, 0.6], "validation_accuracy": [0.5, 0.8, 0.9]}


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[bytes] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "img":
            head, _, data = dict(attrs)["src"].partition(",")
            assert head == "data:image/png;base64"
            self.images.append(base64.b64decode(data))

    def handle_data(self, data):
        self.text += data


def test_the_page_holds_all_figures_and_pictures(tmp_path: Path):
    written = write_report(tmp_path / "m.report.html", RESULT, HISTORY, pictures_beside=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.confusion.png", "m.curves.png", "m.report.html"]
    assert sorted(written) == sorted(tmp_path.iterdir())
    from matplotlib.image import imread

    text = (tmp_path / "m.report.html").read_text()
    page = Page(text)
    for figure in ("90.62 %", "87.50 %", "50.00 %", "99.00 %", "70.00 %", "3 without a label", "block 2", "100.00 %"):
        assert figure in page.text
    assert "<b>fist & co" in page.text
    assert "b" not in page.tags
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert page.images == [(tmp_path / f"m.{name}.png").read_bytes() for name in ("confusion", "curves")]
    for picture in page.images:
        pixels = imread(io.BytesIO(picture))
        assert pixels.std() > 0.05, "an empty picture"


@pytest.mark.slow
def test_the_same_result_gives_the_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        write_report(tmp_path / f"{name}.html", RESULT, HISTORY, pictures_beside=False)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.slow
def test_more_curves_make_a_wider_picture(tmp_path: Path):
    from matplotlib.image import imread

    widths = []
    for history in ({}, {"loss": [1.0]}, HISTORY):
        write_report(tmp_path / "m.report.html", RESULT, history, pictures_beside=True)
        widths.append(imread(tmp_path / "m.curves.png").shape[1])
    assert widths[0] < widths[1] < widths[2]


def test_no_legend_covers_a_curve_or_a_bar(monkeypatch: pytest.MonkeyPatch):
    drawn: list[Figure] = []

    def keep(figure: Figure) -> bytes:
        drawn.append(figure)
        return b""

    monkeypatch.setattr("emgctl.training.report.report.png", keep)
    curves_png(RESULT, {"train_loss": [1.0, 0.5], "validation_loss": [1.1, 0.7], "accuracy": [0.5, 0.8]})
    (figure,) = drawn
    figure.draw_without_rendering()
    covered = [
        axes.get_window_extent().overlaps(legend.get_window_extent())
        for axes in figure.axes
        if (legend := axes.get_legend()) is not None
    ]
    assert covered == [False, False, False]


def test_a_leaky_split_is_marked(tmp_path: Path):
    write_report(tmp_path / "m.html", RESULT | {"leaks": True, "split_said": "THIS LEAKS"}, {}, pictures_beside=False)
    assert '<p class="leaks">THIS LEAKS</p>' in (tmp_path / "m.html").read_text()


def test_the_text_for_the_terminal():
    text = as_text(RESULT)
    assert "accuracy           90.62 %  (chance 50.00 %, always the commonest label 99.00 %)" in text
    assert "recall             rest 95.00 %  <b>fist & co -" in text
    assert "over folds         90.00 % +- 10.00 %, worst 80.00 %" in text
    assert "70.00 % of 20 windows in monday.csv" in text


def test_a_page_that_can_not_be_written_is_named(tmp_path: Path):
    with pytest.raises(FileError, match=r"nowhere/m.html: can't be written"):
        write_report(tmp_path / "nowhere" / "m.html", RESULT, {}, pictures_beside=False)


def test_the_title_names_data_and_day_and_people_count_alone(tmp_path):
    files = [{"name": f"people/{name}.npz", "sha256": name, "seconds": 1.0} for name in "abc"]
    result = RESULT | {"datasets": files, "people": {"ann": 0.9, "bob": 0.7}}
    write_report(tmp_path / "page.html", result, {}, pictures_beside=False)
    title = re.search("<title>(.*)</title>", (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert title
    assert re.fullmatch(r"classifier mlp on people/a.npz, people/b.npz and 1 more, \d{4}-\d\d-\d\d", title[1])
    assert "balanced 80.00 % +- 14.14 % of 2, worst 70.00 % of bob" in as_text(result)
