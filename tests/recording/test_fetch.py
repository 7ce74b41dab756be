"""Downloads from a real server on this machine, which can be cut, forgetful or wrong."""

import gzip
import hashlib
import io
import tarfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from command_line import emgctl

pytest.importorskip("pooch")

from emgctl.errors import EmgctlError, FileError
from emgctl.recording.datasets import read_dataset
from emgctl.recording.fetch import KNOWN, Download, fetch

CONTENT = bytes(range(256)) * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Serves ``content``; ``cut_at`` hangs up after so many bytes, ``ranges`` says whether it can go on."""

    def __init__(self):
        self.content = CONTENT
        self.cut_at, self.ranges, self.status = None, True, 200
        self.asked: list[object] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.headers.get("Range"))
                first = 0
                if outer.status != 200:
                    self.send_error(outer.status)
                    return
                if outer.ranges and (asked := self.headers.get("Range")):
                    first = int(asked.removeprefix("bytes=").removesuffix("-"))
                    if first >= len(outer.content):
                        self.send_error(416)
                        return
                self.send_response(206 if first else 200)
                self.send_header("Content-Length", str(len(outer.content) - first))
                self.end_headers()
                last = len(outer.content) if outer.cut_at is None else outer.cut_at
                self.wfile.write(outer.content[first:last])

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.download = Download(
            "it", f"http://127.0.0.1:{self._server.server_port}/it.tar", DIGEST, 5, "none", "this test"
        )

    def tar(self, *members):
        """Serve a tar of (name, content, the TarInfo's type and target, or its pax headers)."""
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as file:
            for name, content in members:
                one = tarfile.TarInfo(name)
                if isinstance(content, bytes):
                    one.size = len(content)
                    file.addfile(one, io.BytesIO(content))
                elif isinstance(content, dict):
                    one.pax_headers = content
                    file.addfile(one)
                else:
                    one.type, one.linkname = content
                    file.addfile(one)
        self.content = made.getvalue()
        digest = hashlib.sha256(self.content).hexdigest()
        return replace(self.download, sha256=digest, folder="it")

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    one = Server()
    yield one
    one.close()


def quiet(done, total):
    assert 0 < done <= total


def test_a_download_arrives_once(server, tmp_path):
    told = []
    found = fetch(server.download, tmp_path / "new", lambda *one: told.append(one))
    assert found == tmp_path / "new" / "it.tar"
    assert found.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert fetch(server.download, tmp_path / "new", quiet) == found
    assert len(server.asked) == 1
    assert [one.name for one in found.parent.iterdir()] == ["it.tar"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_download_goes_on(server, tmp_path, ranges):
    server.cut_at, server.ranges = 3_000_000, ranges
    with pytest.raises(EmgctlError, match=r"the connection was cut; what has come so far is in .*it\.tar\.part"):
        fetch(server.download, tmp_path, quiet)
    have = (tmp_path / "it.tar.part").stat().st_size
    assert 0 < have <= 3_000_000
    server.cut_at = None
    assert fetch(server.download, tmp_path, quiet).read_bytes() == CONTENT
    assert server.asked[1] == f"bytes={have}-"


def test_a_part_that_is_whole_only_gets_its_name(server, tmp_path):
    (tmp_path / "it.tar.part").write_bytes(CONTENT)
    assert fetch(server.download, tmp_path, quiet).read_bytes() == CONTENT


def test_a_wrong_file_is_not_kept(server, tmp_path):
    (tmp_path / "it.tar.part").write_bytes(b"something else")
    with pytest.raises(FileError, match=r"it\.tar: is not the file it should be .* download it again"):
        fetch(server.download, tmp_path, quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_server_without_it_or_none_at_all_is_said(server, tmp_path):
    server.status = 404
    with pytest.raises(EmgctlError, match="the server answers 404"):
        fetch(server.download, tmp_path, quiet)
    gone = Download("it", "http://127.0.0.1:9/it.tar", DIGEST, 5, "none", "this test")
    with pytest.raises(EmgctlError, match="can't be reached; is there a connection"):
        fetch(gone, tmp_path, quiet)


def test_a_folder_that_can_not_be_written_is_said(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="can't be written"):
        fetch(server.download, tmp_path / "file", quiet)


@pytest.mark.parametrize("top", ["whatever/", ""])
def test_a_tar_is_unpacked_once(server, tmp_path, top):
    download = server.tar((f"{top}metadata.csv", b"split"), (f"{top}a.hdf5", b"rows"))
    for _ in range(2):
        folder = fetch(download, tmp_path, quiet)
        assert folder == tmp_path / "it"
        assert {one.name: one.read_bytes() for one in folder.iterdir()} == {"metadata.csv": b"split", "a.hdf5": b"rows"}
        (tmp_path / "it.tar").unlink(missing_ok=True)  # it is not needed any more
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "member",
    [
        ("../outside", b"x"),
        ("link", (tarfile.SYMTYPE, "/etc/passwd")),
        ("link", (tarfile.LNKTYPE, "../../outside")),
        ("link", (tarfile.SYMTYPE, "good")),
        ("link", (tarfile.LNKTYPE, "good")),
        ("pipe", (tarfile.FIFOTYPE, "")),
        ("huge", {"GNU.sparse.map": f"{1 << 40},0", "GNU.sparse.size": str(1 << 40)}),
    ],
)
def test_a_tar_can_neither_reach_out_of_its_folder_nor_grow(server, tmp_path, member):
    download = server.tar(("good", b"x"), member)
    with pytest.raises(FileError, match=r"it\.tar: is not unpacked, as it holds what a data set should not"):
        fetch(download, tmp_path / "into", quiet)
    assert [one.name for one in (tmp_path / "into").iterdir()] == ["it.tar"]
    assert not (tmp_path / "outside").exists()


def test_a_compressed_tar_is_refused_since_it_may_become_of_any_size(server, tmp_path):
    server.tar(("a", bytes(10_000)))
    server.content = gzip.compress(server.content)
    download = replace(server.download, sha256=hashlib.sha256(server.content).hexdigest(), folder="it")
    with pytest.raises(FileError, match="can't be unpacked"):
        fetch(download, tmp_path, quiet)
    assert not (tmp_path / "it").exists()


def test_a_damaged_tar(server, tmp_path):
    download = server.tar(("a", bytes(10_000)))
    server.content = server.content[:5000]
    download = replace(download, sha256=hashlib.sha256(server.content).hexdigest())
    with pytest.raises(FileError, match=r"can't be unpacked: .* download it again"):
        fetch(download, tmp_path, quiet)


def test_a_data_set_is_read_from_where_it_was_unpacked(server, tmp_path, data_dir):
    example = (data_dir("emg2pose_synthetic") / "test_data.hdf5").read_bytes()
    table = b"filename,split,generalization\ntest_data,test,user_stage\n"
    download = server.tar(("mini/test_data.hdf5", example), ("mini/metadata.csv", table))
    (one,) = read_dataset(f"emg2pose:{fetch(download, tmp_path, quiet)}")
    assert (one.published_split, one.samples.shape) == ("test user_stage", (100, 16))


def test_the_command_states_what_is_known():
    done = emgctl("data", "fetch")
    assert done.returncode == 0, done.stderr
    assert "emg2pose-mini    600 MB, CC BY-NC-SA 4.0" in done.stdout
    wrong = emgctl("data", "fetch", "emg2pose")
    assert (wrong.returncode, "did you mean 'emg2pose-mini'?" in wrong.stderr) == (2, True)
    assert KNOWN["emg2pose-mini"].file == "emg2pose_dataset_mini.tar"
