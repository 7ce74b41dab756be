"""Bluetooth on a stand-in for macOS; the keyboard's permissions are in tests/plugins/test_keyboard_on_macos.py."""

import sys

import macos_stand_in
import pytest

from emgctl.support.ble import adapter


@pytest.mark.parametrize(
    ("authorization", "good", "text"),
    [
        (0, True, "macOS will ask at the first scan"),
        (1, False, "Privacy & Security > Bluetooth"),
        (2, False, "Privacy & Security > Bluetooth"),
        (3, True, "given"),
    ],
)
def test_doctor_reports_the_permission_of_bluetooth(monkeypatch, authorization, good, text):
    macos_stand_in.bluetooth(monkeypatch, authorization)
    found = {one.what: one for one in adapter.findings("ble")}["permission Bluetooth"]
    assert found.good is good
    assert text in found.detail + found.remedy


def test_without_bleak_only_bleak_is_missing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("emgctl.support.diagnostics.importlib.util.find_spec", lambda _: None)
    assert [one.what for one in adapter.findings("ble") if not one.good] == ["package bleak"]
