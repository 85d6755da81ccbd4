import pytest

from bot.errors import PriceRefusal, RateRefusal
from bot.rate_limit import BAD_PICTURES, Allowance, Bucket, price_used

ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=3)


def test_one_dream_is_refilled_after_its_share_of_the_minutes():
    assert ALLOWANCE.seconds_per_dream == 100


def test_one_dream_runs_at_a_time_by_default():
    assert ALLOWANCE.running == 1


def test_a_bucket_is_full_once_the_missing_tokens_are_refilled():
    assert Bucket(0.5, 1000).full_at(ALLOWANCE) == 1000 + 2.5 * 100


def test_a_full_bucket_is_full_since_its_last_refill():
    assert Bucket(3, 1000).full_at(ALLOWANCE) == 1000


def test_spending_takes_one_token():
    assert Bucket(3, 0).spend(ALLOWANCE, 0) == Bucket(2, 0)


def test_a_bucket_refills_evenly():
    assert Bucket(0, 0).refilled(ALLOWANCE, 50) == Bucket(0.5, 50)


def test_a_bucket_never_exceeds_the_burst():
    assert Bucket(0, 0).refilled(ALLOWANCE, 1e9).tokens == 3


def test_a_reduced_burst_applies_at_once():
    assert Bucket(9, 0).refilled(ALLOWANCE, 0).tokens == 3


def test_an_empty_bucket_names_the_time_of_the_next_dream():
    with pytest.raises(RateRefusal) as refusal:
        Bucket(0.25, 1000).spend(ALLOWANCE, 1000)
    assert refusal.value.details["when"] == pytest.approx(1075)


def test_a_bucket_that_cannot_pay_a_motion_names_the_price_and_what_is_left():
    with pytest.raises(PriceRefusal) as refusal:
        Bucket(2, 1000).spend(ALLOWANCE, 1000, 3)
    assert refusal.value.details == {"price": 3, "left": 2, "when": 1100}
    with pytest.raises(PriceRefusal) as refusal:
        Bucket(0, 1000).spend(ALLOWANCE, 1000, 2, paid=1)
    assert refusal.value.details == {"price": 3, "left": 1, "when": 1200}
    with pytest.raises(RateRefusal) as empty:
        Bucket(0, 1000).spend(ALLOWANCE, 1000, 3)
    assert not isinstance(empty.value, PriceRefusal)


def test_a_token_is_available_at_the_named_time():
    with pytest.raises(RateRefusal) as refusal:
        Bucket(1 / 3, 1000.1).spend(ALLOWANCE, 1000.1)
    when = refusal.value.details["when"]
    assert Bucket(1 / 3, 1000.1).spend(ALLOWANCE, when).tokens == pytest.approx(0, abs=1e-6)


def test_a_bucket_names_the_time_at_which_it_is_full():
    assert Bucket(0.5, 1000).full_at(ALLOWANCE) == 1250
    assert Bucket(3, 1000).full_at(ALLOWANCE) == 1000


def test_spending_updates_the_time_of_the_refill():
    assert Bucket(1, 0).spend(ALLOWANCE, 50) == Bucket(0.5, 50)
    assert Bucket(1, 1000).spend(ALLOWANCE, 900) == Bucket(0, 900)


def test_only_rounding_errors_are_tolerated():
    assert Bucket(1 - 1e-10, 0).spend(ALLOWANCE, 0).tokens == pytest.approx(0, abs=1e-9)
    with pytest.raises(RateRefusal):
        Bucket(1 - 1e-8, 0).spend(ALLOWANCE, 0)


def test_the_default_number_of_running_dreams_is_one():
    assert Allowance(dreams=6, minutes=10, burst=3, waiting=3).running == 1


def test_refusals_do_not_postpone_the_next_dream():
    bucket, moments = Bucket(0, 0), set()
    for now in (0, 10, 20, 99):
        with pytest.raises(RateRefusal) as refusal:
            bucket.spend(ALLOWANCE, now)
        moments.add(round(refusal.value.details["when"]))
    assert moments == {100}


def test_a_clock_that_is_set_back_removes_no_tokens():
    assert Bucket(2, 1000).refilled(ALLOWANCE, 500) == Bucket(2, 500)


def test_the_limit_holds_over_a_day_of_constant_requests():
    bucket, had = Bucket(ALLOWANCE.burst, 0), 0
    for now in range(0, 86400, 7):
        try:
            bucket = bucket.spend(ALLOWANCE, now)
            had += 1
        except RateRefusal:
            pass
    assert 860 <= had <= 3 + 864


def test_five_bad_pictures_in_a_row_are_tolerated_and_one_more_every_ten_minutes():
    assert BAD_PICTURES.burst == 5
    assert BAD_PICTURES.seconds_per_dream == 600


@pytest.mark.parametrize(
    ("tokens", "has_token"), [(1.0, True), (1 - 1e-10, True), (1 - 1e-8, False), (0.0, False), (2.0, True)]
)
def test_a_bucket_has_a_token_if_no_more_than_a_rounding_error_is_missing(tokens, has_token):
    assert Bucket(tokens, 0.0).has_token is has_token


@pytest.mark.parametrize(
    ("price", "fraction", "used"),
    [
        (1, 0.0, 1),
        (1, 1.0, 1),
        (4, 0.0, 1),
        (4, 0.25, 1),
        (4, 0.26, 2),
        (4, 0.75, 3),
        (4, 1.0, 4),
        (3, 1 / 3, 1),
    ],
)
def test_a_cancelled_motion_uses_the_dreamed_share_of_its_price_rounded_up(price, fraction, used):
    assert price_used(price, fraction) == used
