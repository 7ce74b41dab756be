from pathlib import Path

import pytest
from emgctl.errors import FormatError
from emgctl.testing import check_reader

from emgctl_acme import AcmeReader

TEXT = "acme 200 2\nrest 1.5 -2.0\nfist 80.0 -95.5\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "session.acme"
    path.write_text(text, encoding="utf-8")
    return path


def test_contract(tmp_path: Path) -> None:
    check_reader(AcmeReader, written(tmp_path, TEXT))


def test_rate_labels_and_values_are_read(tmp_path: Path) -> None:
    (recording,) = AcmeReader.read(written(tmp_path, TEXT))
    assert recording.signal.rate_hz == 200
    assert recording.label_names == ("rest", "fist")
    assert recording.samples.tolist() == [[1.5, -2.0], [80.0, -95.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: is no line 'acme RATE_HZ CHANNELS'"),
        ("acme 0 2\nrest 1 2\n", "line 1: is no line 'acme RATE_HZ CHANNELS'"),
        ("acme 200 2\n", "holds no samples"),
        ("acme 200 2\nrest 1\n", "line 2: has 1 values after its label, not 2"),
        ("acme 200 1\nrest 1\nrest one\n", "line 3: has a word that is no number"),
        ("acme 200 1\nrest nan\n", "line 2: has a number that is not finite"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        AcmeReader.read(written(tmp_path, text))
