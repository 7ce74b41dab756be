import json
import socket
import threading

import pytest
from emgctl.errors import DeviceError
from emgctl.testing import check_simulator

from emgctl_acme import HOST, AcmeOptions, AcmeSimulator


def test_contract() -> None:
    check_simulator(AcmeSimulator, AcmeOptions())


def test_a_program_that_connects_gets_a_line_of_numbers_for_each_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    listening, done, ports = threading.Event(), threading.Event(), list[int]()

    def noted(line: str, flush: bool) -> None:
        event = json.loads(line)
        if event["event"] == "listening":
            ports.append(event["port"])
            listening.set()

    monkeypatch.setattr("builtins.print", noted)
    simulator = AcmeSimulator(AcmeOptions(channels=3))
    thread = threading.Thread(target=simulator.run, args=(lambda: "the test ends" if done.is_set() else "",))
    thread.start()
    try:
        assert listening.wait(10)
        with socket.create_connection((HOST, ports[0]), timeout=10) as connection, connection.makefile() as lines:
            assert len([float(number) for number in lines.readline().split(",")]) == 3
    finally:
        done.set()
        thread.join()


def test_a_port_in_use_is_named() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DeviceError, match=f"port {port}: can't be opened"):
            AcmeSimulator(AcmeOptions(port=port)).run(lambda: "at once")
