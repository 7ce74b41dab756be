from emgctl.support.evenly_spaced import evenly_spaced


def test_a_subset_reaches_from_the_first_item_to_the_last():
    assert evenly_spaced(9, 3).tolist() == [0, 4, 8]
    assert evenly_spaced(10, 4).tolist() == [0, 3, 6, 9]
    assert evenly_spaced(5, 1).tolist() == [0]


def test_few_items_are_all_in_it():
    assert evenly_spaced(3, 100).tolist() == [0, 1, 2]
    assert evenly_spaced(0, 100).tolist() == []
