"""What is counted on the way of an event: kds/relay/meters.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from kds.relay.meters import DELAYS_S, Meters, Tally, new_registry


def test_a_tally_counts_a_value_in_every_bucket_that_holds_it() -> None:
    tally = Tally("a_b", "Help.", (0.5, 1.0))
    for value in (0.0, 0.5, 0.7, 1.0, 99.0):
        tally.add(value)
    samples = {(sample.name, sample.labels.get("le")): sample.value for sample in tally.collect().samples}
    assert samples == {
        ("a_b_bucket", "0.5"): 2,
        ("a_b_bucket", "1.0"): 4,
        ("a_b_bucket", "+Inf"): 5,
        ("a_b_count", None): 5,
        ("a_b_sum", None): 101.2,
    }


def test_an_event_from_a_clock_that_is_ahead_took_no_negative_time() -> None:
    registry = new_registry()
    meters = Meters(registry)
    for seconds in (-3600, 3600):
        meters.event("NEW_ORDER", (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(), 0.0)
    families = {family.name: family for family in text_string_to_metric_families(generate_latest(registry).decode())}
    values = {
        (sample.name, sample.labels.get("le")): sample.value
        for sample in families["kds_commit_to_frame_seconds"].samples
    }
    assert values["kds_commit_to_frame_seconds_bucket", str(DELAYS_S[0])] == 1
    assert values["kds_commit_to_frame_seconds_bucket", str(DELAYS_S[-1])] == 1
    assert values["kds_commit_to_frame_seconds_count", None] == 2
    assert 3599 < values["kds_commit_to_frame_seconds_sum", None] < 3700
