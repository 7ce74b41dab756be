"""Which order holds: by strength and age, and never a movement that was not meant."""

from hypothesis import given
from hypothesis import strategies as st

from emgctl_hand.arbiter import Arbiter
from emgctl_hand.order import LASTING, Order

STALE_S = 0.2
REST, FIST = Order(0.0, "rest", 1.0, 0.0, True), Order(0.0, "fist", 1.0, 1.0)


def neutral(cause):
    return Order(0.0, reason=cause, cause=cause)


def test_the_strongest_wish_holds_whatever_comes_later():
    one = Arbiter(STALE_S, True)
    for number, (cause, holds) in enumerate(
        [("silence", "silence"), ("fault", "fault"), ("silence", "fault"), ("waiting", "fault"), ("halt", "halt"),
         ("fault", "halt"), ("waiting", "halt"), ("end", "end"), ("halt", "end")]
    ):  # fmt: skip
        at_s = 0.1 * number
        one.take(neutral(cause), at_s, at_s)
        assert one.order.cause == holds
    assert not one.take(REST, 0.9, 0.9)
    assert one.order.cause == "end"


def test_silence_is_judged_by_the_last_sign_of_life_and_only_after_the_first():
    one = Arbiter(STALE_S, True)
    assert not one.watch(9.0)
    one.take(FIST, 9.0, 9.0)
    one.alive(9.15, 9.15)
    assert not one.watch(9.34)
    assert one.order == FIST
    assert one.watch(9.36)
    assert not one.watch(9.4)
    assert one.order.cause == "silence"
    assert not one.take(FIST, 9.5, 9.5)
    assert one.take(REST, 9.6, 9.6)
    assert one.take(FIST, 9.7, 9.7)
    assert one.order == FIST


def test_a_silence_that_was_over_before_anybody_looked_counts():
    one = Arbiter(STALE_S, True)
    one.take(FIST, 1.0, 1.0)
    assert not one.take(FIST, 1.3, 1.31)
    assert one.order.cause == "silence"


def test_an_order_that_is_old_when_it_is_read_moves_nothing_but_a_neutral_one_is_obeyed():
    one = Arbiter(STALE_S, False)
    assert not one.take(FIST, 1.0, 1.25)
    assert one.take(neutral("halt"), 1.0, 1.25)
    assert one.order.cause == "halt"


def test_a_run_without_waiting_for_rest_goes_on_at_once():
    one = Arbiter(STALE_S, False)
    one.take(neutral("fault"), 1.0, 1.0)
    assert one.take(FIST, 1.1, 1.1)


def test_a_process_that_was_started_anew_is_safe_until_rest():
    one = Arbiter(STALE_S, True, neutral("fault"))
    assert one.order.cause == "fault"
    assert not one.take(FIST, 1.0, 1.0)
    assert one.take(REST, 1.05, 1.05)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([REST, FIST, "alive", *map(neutral, (*LASTING, "waiting"))]),
            st.floats(0, 1),
            st.floats(-0.1, 0.5),
        ),
        max_size=60,
    )
)
def test_no_movement_after_a_wish_that_lasts_or_a_silence_without_a_rest_before_it(steps):
    one, now_s, rested, alive_s = Arbiter(STALE_S, True), 0.0, True, None
    for what, wait_s, age_s in steps:
        now_s += wait_s
        sent_s = min(now_s - age_s, now_s)
        if alive_s is not None and now_s - alive_s > STALE_S and sent_s - alive_s > STALE_S:
            rested = False
        alive_s = sent_s if alive_s is None else max(alive_s, sent_s)
        if what == "alive":
            one.alive(now_s - age_s, now_s)
            continue
        taken = one.take(what, now_s - age_s, now_s)
        rested = what.cause not in LASTING and (rested or (what is REST and age_s <= STALE_S))
        if one.watch(now_s):
            rested = False
        if taken and what is FIST:
            assert age_s <= STALE_S + 1e-9
        if one.order is FIST:
            assert rested
