from emgctl.testing import check_input

from emgctl_acme import AcmeInput, AcmeOptions


def test_contract() -> None:
    check_input(AcmeInput, AcmeOptions())


def test_the_waves_have_the_amplitude_and_the_channels_of_the_options() -> None:
    device = AcmeInput(AcmeOptions(channels=3, amplitude_uv=50.0))
    assert device.open().channels == 3
    block = device.read(timeout_s=5.0)
    device.close()
    assert block is not None
    assert block.samples.shape == (10, 3)
    assert 40 < block.samples.max() < 60
