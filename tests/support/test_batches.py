from emgctl.support.batches import batches


def test_batches_are_equally_large_but_the_last():
    assert ["abcdefgh"[part] for part in batches(8, 3)] == ["abc", "def", "gh"]
    assert ["abcdef"[part] for part in batches(6, 3)] == ["abc", "def"]


def test_nothing_has_no_batches():
    assert list(batches(0, 3)) == []
