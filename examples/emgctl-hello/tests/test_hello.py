from emgctl_hello import Hello, HelloOptions

from emgctl.testing import check_output


def test_contract(capsys):
    check_output(Hello, HelloOptions())
    assert "hello tester: fist" in capsys.readouterr().out
