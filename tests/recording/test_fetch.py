"""Downloads from a real server on this machine, which can be cut, forgetful or wrong."""

import hashlib
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pooch")

from emgctl.errors import EmgctlError, FileError
from emgctl.recording.fetch import KNOWN, Download, fetch

EMGCTL = Path(sys.executable).with_name("emgctl")
CONTENT = bytes(range(256)) * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Serves CONTENT; ``cut_at`` hangs up after so many bytes, ``ranges`` says whether it can go on."""

    def __init__(self):
        self.cut_at, self.ranges, self.status, self.asked = None, True, 200, []
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
                    if first >= len(CONTENT):
                        self.send_error(416)
                        return
                self.send_response(206 if first else 200)
                self.send_header("Content-Length", str(len(CONTENT) - first))
                self.end_headers()
                last = len(CONTENT) if outer.cut_at is None else outer.cut_at
                self.wfile.write(CONTENT[first:last])

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.download = Download(
            "it", f"http://127.0.0.1:{self._server.server_port}/it.tar", DIGEST, 5, "none", "this test"
        )

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


def test_the_command_says_what_is_known():
    done = subprocess.run([EMGCTL, "data", "fetch"], capture_output=True, text=True, check=True)
    assert "emg2pose-mini    600 MB, CC BY-NC-SA 4.0" in done.stdout
    wrong = subprocess.run([EMGCTL, "data", "fetch", "emg2pose"], capture_output=True, text=True)
    assert (wrong.returncode, "did you mean 'emg2pose-mini'?" in wrong.stderr) == (2, True)
    assert KNOWN["emg2pose-mini"].file == "emg2pose_dataset_mini.tar"
