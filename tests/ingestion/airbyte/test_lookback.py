"""The state is set back to read the last day again, and never saved with an earlier moment."""

from __future__ import annotations

from datetime import timedelta

from ingestion.airbyte.lookback import not_before, rewound

DAY = timedelta(days=1)


def test_every_moment_is_set_back_and_nothing_else() -> None:
    state = {
        "created_at": "2026-03-02T00:30:00+01:00",
        "orders": {"updated_at": "2026-03-02T10:00:00Z", "deleted": {"deleted_at": ""}},
        "id": 12345,
        "page": "2026",
        "day": "2026-03-02",
    }
    assert rewound(state, DAY) == {
        "created_at": "2026-03-01T00:30:00+01:00",
        "orders": {"updated_at": "2026-03-01T10:00:00+00:00", "deleted": {"deleted_at": ""}},
        "id": 12345,
        "page": "2026",
        "day": "2026-03-02",
    }


def test_a_window_without_records_does_not_set_the_state_back() -> None:
    saved = {"created_at": "2026-03-02T00:30:00+01:00", "orders": {"updated_at": "2026-03-02T10:00:00Z"}}
    assert not_before(rewound(saved, DAY), saved) == saved


def test_progress_is_kept_where_there_is_any() -> None:
    saved = {"created_at": "2026-03-02T00:30:00+01:00", "orders": {"updated_at": "2026-03-02T10:00:00Z"}}
    new = {"created_at": "2026-03-01T23:00:00Z", "orders": {"updated_at": "2026-03-03T10:00:00Z"}}
    assert not_before(new, saved) == {**saved, "orders": new["orders"]}


def test_moments_are_compared_across_offsets() -> None:
    # 10:30+02:00 is before 10:00+01:00, though its text sorts after it
    assert not_before("2026-10-25T10:30:00+02:00", "2026-10-25T10:00:00+01:00") == "2026-10-25T10:00:00+01:00"


def test_a_first_state_is_taken_as_it_is() -> None:
    assert not_before({"updated_at": "2026-03-01T00:00:00Z"}, None) == {"updated_at": "2026-03-01T00:00:00Z"}
