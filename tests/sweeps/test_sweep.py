"""Sweeps: which jobs there are, what is kept of them, and the table."""

import csv
import json
import re
from dataclasses import replace

import pytest
from command_line import emgctl
from sweeping import begun, figures, go, here, pretended, settings, write_people

from emgctl.errors import EmgctlError, FileError, UsageError
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.processes import Schedule
from emgctl.sweeps.report import write_files, write_page
from emgctl.sweeps.table import SweepTable
from emgctl.sweeps.work import Outcome

FILES = ("table.md", "table.csv", "folds.csv")


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return write_people(tmp_path_factory.mktemp("people"), "ann-1", "ann-2", "bob-1", "bob-2", "cid-1")


@pytest.mark.slow
def test_the_same_sweep_gives_the_same_table_byte_for_byte(people, tmp_path):
    texts = []
    for name in ("one", "two"):
        folder = begun(tmp_path / name, settings(people))
        write_files(go(folder, here(folder)))
        texts.append([(folder.path / file).read_bytes() for file in FILES])
    assert texts[0] == texts[1]
    result = json.loads((folder.path / "results" / "0001.json").read_text())
    assert result["split"] == "subject:ann"
    assert result["balanced_accuracy"] > 0.9
    assert not result["leaks"]
    assert emgctl("report", folder.path / "results" / "0001.json").returncode == 0
    facts = dict(SweepTable.of(folder).facts())
    assert facts["in training of the tested person"] == "nothing, 0 % of the windows trained on"
    assert facts["tested samples found among those trained on"] == "none"
    page = (folder.path / "report.html").read_text(encoding="utf-8")
    assert folder.begun in page
    assert "data:image/png;base64," in page


@pytest.mark.slow
def test_the_tested_person_in_training_is_counted(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people, "session", ("lda",)))
    assert {(job.person, job.split) for job in folder.jobs} == {
        ("ann", "session:ann-1"), ("ann", "session:ann-2"), ("bob", "session:bob-1"), ("bob", "session:bob-2"),
    }  # fmt: skip
    facts = dict(SweepTable.of(go(folder, here(folder))).facts())
    assert facts["in training of the tested person"] == "the other sessions, 100 % of the windows trained on"


def test_each_repetition_is_a_fold_or_those_that_are_named(people, tmp_path):
    each = begun(tmp_path / "each", settings(people, "repetition", ("lda",)))
    assert [job.split for job in each.jobs if job.person == "cid"] == ["repetition:0", "repetition:1"]
    named = begun(tmp_path / "named", settings(people, "repetition:1", ("lda",)))
    assert [(job.person, job.split) for job in named.jobs] == [(one, "repetition:1") for one in ("ann", "bob", "cid")]


def test_finished_jobs_are_not_repeated_and_failed_ones_are(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    go(folder, pretended(folder, [0.9, 0.8, 0.7, 0.6, 0.5], failing=[3]))
    table = SweepTable.of(folder)
    assert [one.job.number for one in table.failed] == [3]
    assert "| failed |" in table.markdown()
    assert "lda, people" in table.markdown().split("## Failed")[1]
    assert "no reason at all" in table.markdown()
    again = begun(folder.path, settings(people))
    assert [job.number for job in again.unfinished()] == [3]
    go(again, pretended(again, [0.75]))
    assert not SweepTable.of(again).failed


def test_the_table_has_the_best_model_first_and_each_person_once(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    table = SweepTable.of(go(folder, pretended(folder, [0.5, 0.7, 0.6, 0.8, 0.7, 0.9])))
    rows = list(csv.DictReader(table.csv().splitlines()))
    assert [row["model"] for row in rows] == ["lda:hudgins", "lda"]
    assert rows[0] | {"model": ""} == {
        "model": "", "people mean": "0.8000", "people sd": "0.1000", "people lowest": "0.7000", "people people": "3",
        "people/ann": "0.7000", "people/bob": "0.8000", "people/cid": "0.9000",
    }  # fmt: skip
    assert "| lda | 60.0 ± 10.0 | 50.0 | 50.0 | 60.0 | 70.0 |" in table.markdown()


def test_what_leaks_is_in_the_table_and_stands_first_on_the_page(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people, models=("lda",)))
    table = SweepTable.of(go(folder, pretended(folder, [0.9] * 3, leaks=["it has seen it"])))
    assert "LEAKS in 3 of 3 results: it has seen it" in table.markdown()
    page = write_page(tmp_path / "page.html", table, folder.begun).read_text(encoding="utf-8")
    assert 0 < page.find('<p class="leaks">people: LEAKS') < page.find("<table>")


def test_the_table_says_what_was_tested(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    table = SweepTable.of(go(folder, pretended(folder, [0.9, 0.8, 0.7, 0.6], failing=[5, 6])))
    assert dict(table.facts()) | {"in training of the tested person": ""} == {
        "split": "subject: each person, by a model of all others", "people": "3", "recordings": "5, 0.5 minutes",
        "classes": "3: rest, fist, open", "windows tested of each model": "40", "chance": "33.3 %",
        "in training of the tested person": "", "tested samples found among those trained on": "none",
    }  # fmt: skip
    assert "| chance | 33.3 % |" in table.markdown()
    assert table.as_json()["tested"]["people"] | {"training_windows": 0} == {
        "people": 3, "recordings": 5, "seconds": 30.0, "labels": ["rest", "fist", "open"],
        "windows": {"lda": 40, "lda:hudgins": 40}, "chance": pytest.approx(1 / 3), "training_windows": 0,
        "training_windows_of_tested_people": 0, "leak": None,
    }  # fmt: skip


def test_before_the_first_result_the_table_says_what_there_is(people, tmp_path):
    table = SweepTable.of(begun(tmp_path / "out", settings(people)))
    facts = dict(table.facts())
    assert (facts["people"], facts["classes"], facts["chance"]) == ("3", "-", "-")
    write_page(tmp_path / "page.html", table, "2026-01-01")


def test_the_page_marks_the_highest_of_each_column(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    table = SweepTable.of(go(folder, pretended(folder, [0.5, 0.7, 0.6, 0.8, 0.99, 0.9])))
    page = write_page(tmp_path / "page.html", table, folder.begun).read_text(encoding="utf-8")
    assert re.findall(r"<b>(.*?)</b>", page) == ["80.0 ± 10.0", "70.0", "70.0", "80.0", "99.0"]


def test_results_that_cannot_be_written_end_the_sweep(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    with pytest.raises(EmgctlError, match="no space left"):
        go(folder, lambda jobs: (Outcome(job, "unwritable", "no space left") for job in jobs))
    assert folder.unfinished() == folder.jobs


def test_half_written_files_of_a_killed_process_are_removed(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    remnant = folder.path / "results" / ".0001.json.part77"
    remnant.write_text("{")
    begun(folder.path, settings(people))
    assert not remnant.exists()


def test_a_damaged_result_is_named(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    (folder.path / "results" / "0002.json").write_text("{")
    with pytest.raises(FileError, match=r"0002.json: is not JSON.*its job is done again"):
        SweepTable.of(folder)


def test_another_sweep_or_changed_recordings_are_refused(people, tmp_path):
    begun(tmp_path / "out", settings(people))
    for other, message in ((settings(people, seed=1), "whose seed is 0, not 1"),
                           (settings(people, models=("lda",)), "whose models is")):  # fmt: skip
        with pytest.raises(UsageError, match=message):
            begun(tmp_path / "out", other)
    moving = write_people(tmp_path, "ann-1", "bob-1")
    begun(tmp_path / "moving", settings(moving))
    write_people(tmp_path, "bob-1", seed=1)
    with pytest.raises(UsageError, match="other recordings"):
        begun(tmp_path / "moving", settings(moving))


@pytest.mark.skipif("sys.platform == 'win32'", reason="there is no lock on Windows")
def test_two_sweeps_do_not_work_in_one_folder(people, tmp_path):
    first = begun(tmp_path / "out", settings(people))
    first._hold()
    with pytest.raises(UsageError, match="another sweep is at work"):
        begun(tmp_path / "out", settings(people))
    first.close()
    begun(tmp_path / "out", settings(people))


def test_one_job_of_each_model_goes_first_and_then_the_longest(people, tmp_path):
    jobs = begun(tmp_path / "out", settings(people)).jobs
    schedule = Schedule(jobs)
    first, second = schedule.take(), schedule.take()
    assert first is not None
    assert second is not None
    assert [first.model, second.model] == ["lda", "lda:hudgins"]
    schedule.took(first, 1.0)
    schedule.took(second, 5.0)
    assert [one.model for _ in range(4) if (one := schedule.take())] == ["lda:hudgins", "lda:hudgins", "lda", "lda"]
    assert schedule.take() is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--models", "lad", "--split", "subject"], "there is no model 'lad'; did you mean 'lda'?"),
        (["--models", "auto", "--split", "subject"], "name models"),
        (["--models", "pose", "--split", "subject"], "predicts poses"),
        (["--models", "lda,lda", "--split", "subject"], "model 'lda' is named twice"),
        (["--models", "lda:hudgin", "--split", "subject"], "did you mean 'hudgins'"),
        (["--models", "lda", "--split", "random"], "a sweep has no split 'random'"),
        (["--models", "lda", "--split", "subject:ann"], "write --split subject"),
        (["--models", "lda", "--split", "repetition:a"], "'a' is not a whole number"),
        (["--models", "lda", "--split", "subject", "--slurm", "time=3"], "--slurm is for --cluster"),
        (["--models", "lda", "--split", "subject", "--exclude", "[ab]*"], "holds one person only, 'cid'"),
        (["--models", "lda", "--split", "session", "--exclude", "*-2.npz"], "nobody has two sessions"),
    ],
)
def test_a_mistake_ends_in_one_clear_sentence(people, tmp_path, words, message):
    done = emgctl("sweep", f"npz:{people}", "--out", tmp_path / "out", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_something_else_is_refused(people, tmp_path):
    words = ("sweep", f"npz:{people}", "--models", "lda", "--split", "subject", "--out")
    (tmp_path / "thesis.tex").write_text("")
    assert "holds other files, such as 'thesis.tex'" in emgctl(*words, tmp_path).stderr
    done = emgctl(*words, tmp_path / "thesis.tex")
    assert done.returncode == 1
    assert "can't be used as a folder" in done.stderr
    assert "can't be used as a folder" in emgctl(*words, tmp_path / "not" / "there").stderr


def test_report_reads_a_sweep_that_is_not_finished(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    go(folder, pretended(folder, [0.9, 0.8, 0.7], failing=[4, 5, 6]))
    done = emgctl("report", folder.path, "--out", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "lda:hudgins" in done.stdout
    assert "3 of 6 jobs done, 3 of 3 others failed" in done.stdout
    assert "no reason at all" in (tmp_path / "page.html").read_text(encoding="utf-8")
    told = json.loads(emgctl("report", folder.path, "--json", "-").stdout)
    assert told["models"]["lda"]["people"]["people"] == {"ann": 0.9, "bob": 0.7, "cid": None}
    alone = emgctl("report", folder.path, folder.path)
    assert alone.returncode == 2
    assert "reported alone" in alone.stderr
    empty = emgctl("report", tmp_path)
    assert empty.returncode == 1
    assert "holds no sweep" in empty.stderr


def test_a_result_of_another_job_is_not_taken(people, tmp_path):
    folder = begun(tmp_path / "out", settings(people))
    folder.keep(replace(folder.jobs[0], model="mlp"), figures(0.9))
    with pytest.raises(FileError, match="is not of job 1 of this sweep"):
        SweepFolder(folder.path).result(folder.jobs[0])
