"""Progress where nobody watches a terminal."""

from patience import until

from emgctl.cli import progress


def test_off_a_terminal_a_line_appears_every_so_often(monkeypatch, capsys):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.01)
    printed = []

    def lines():
        printed.append(capsys.readouterr().err)
        return "".join(printed).splitlines()

    with progress.progress_bar() as show:
        show("1/5 ann", 3, 40)
        until(lambda: lines().count("emgctl: 1/5 ann: 3 of 40") > 1)
        show("2/5 bob", 0, 40)
        until(lambda: "emgctl: 2/5 bob: 0 of 40" in lines())


def test_quick_work_prints_nothing(capsys):
    with progress.progress_bar() as show:
        show("1/5 ann", 3, 40)
    assert capsys.readouterr().err == ""
