"""The file that comes with emgctl, and files that somebody else made."""

import io
import json

import numpy as np
import pytest

from emgctl.errors import FileError, ModelError
from emgctl.inference.population.prior_file import SHIPPED, load_prior, save_prior


def arrays():
    with np.load(SHIPPED, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def written(path, content):
    file = io.BytesIO()
    np.savez_compressed(file, **content)
    path.write_bytes(file.getvalue())
    return path


def with_card(**changes):
    content = arrays()
    card = json.loads(content["card"].tobytes()) | changes
    return content | {"card": np.frombuffer(json.dumps(card).encode(), np.uint8)}


def test_the_shipped_population_says_where_it_comes_from():
    prior = load_prior()
    assert prior.labels[0] == "rest"
    assert prior.mean.shape == (len(prior.labels), prior.features.count)
    assert {one.license for one in prior.card.sources} == {"MIT"}
    assert prior.card.people == 29
    assert len(prior.card.files) == prior.card.sessions
    assert SHIPPED.stat().st_size < 500_000


def test_the_same_population_gives_the_same_bytes(tmp_path):
    prior = load_prior()
    for name in ("a.npz", "b.npz"):
        save_prior(tmp_path / name, prior)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert np.allclose(load_prior(tmp_path / "a.npz").session, prior.session, rtol=2e-2, atol=1e-3)


@pytest.mark.parametrize(
    "content",
    [
        lambda: arrays() | {"mean": np.full((8, 36), np.nan, np.float32)},
        lambda: arrays() | {"mean": np.zeros((8, 35), np.float32)},
        lambda: arrays() | {"spread": -arrays()["spread"]},
        lambda: arrays() | {"within": np.array(["a"] * 666)},
        lambda: {name: one for name, one in arrays().items() if name != "between"},
        lambda: arrays() | {"card": np.array([{"evil": 1}], dtype=object)},
        lambda: with_card(channels=100_000),
        lambda: with_card(labels=["rest", "rest"]),
        lambda: with_card(format=2),
        lambda: with_card(rate_hz=float("nan")),
        lambda: with_card(rate_hz=10.0),
        lambda: with_card(window=100_000),
    ],
)
def test_a_damaged_population_is_refused(tmp_path, content):
    path = written(tmp_path / "p.npz", content())
    with pytest.raises(ModelError) as raised:
        load_prior(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_claims_to_be_huge_is_not_unpacked(tmp_path):
    import zipfile

    path = tmp_path / "p.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 40,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mean.npy", header.getvalue())
    with pytest.raises(FileError):
        load_prior(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "p.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="population"):
        load_prior(path)
