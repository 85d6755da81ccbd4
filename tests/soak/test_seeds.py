"""Each soak run draws a new seed."""

import pytest

from soak.seeds import new_seed, record_seed, used_seeds


def test_a_new_seed_was_not_used_before(tmp_path):
    record = tmp_path / "seeds"
    for seed in (0, 1, 3):
        record_seed(seed, record)
    assert used_seeds(record) == {0, 1, 3}
    assert new_seed(record, most=4) == 2


def test_drawing_a_seed_fails_when_all_were_used(tmp_path):
    record_seed(0, tmp_path / "seeds")
    with pytest.raises(ValueError, match="all 1 seeds were used"):
        new_seed(tmp_path / "seeds", most=1)


def test_the_first_seed_is_random(tmp_path):
    assert new_seed(tmp_path / "seeds", most=1) == 0
    assert len({new_seed(tmp_path / "seeds") for _ in range(5)}) > 1
