import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana-dashboard.json"
PREFIXES = ("dream_", "process_")
OWN_METRICS = re.compile(rf"\b(?:{'|'.join(PREFIXES)})\w+")


def samples_of(server):
    """The labels and values of all samples, by name."""
    page = server.bot.metrics.page().decode()
    samples = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return samples


async def test_an_ended_job_is_counted_by_preset_and_result(server):
    await server.complete_dream(preset="mild")
    ((labels, count),) = samples_of(server)["dream_jobs_ended_total"]
    assert labels == {"preset": "mild", "backbone": "efficientnet_lite0", "result": "delivered"}
    assert count == 1


async def test_the_seconds_in_the_queue_and_of_dreaming_are_measured(server):
    await server.complete_dream(preset="mild")
    samples = samples_of(server)
    assert samples["dream_queue_seconds_count"][0][1] == 1
    assert samples["dream_dreaming_seconds_sum"][0][1] == 2.5


async def test_waiting_jobs_running_jobs_and_active_users_are_gauged(server):
    _, dream = await server.start_dream(server.alice)
    waiting = await server.submit(server.bob)
    await server.until_shown(waiting)
    samples = samples_of(server)
    assert samples["dream_queue_length"][0][1] == 1
    assert samples["dream_dreaming"][0][1] == 1
    assert samples["dream_active_users"][0][1] == 2
    dream.finish()


async def test_refusals_are_counted_by_reason(server):
    for _ in range(server.settings.burst + 1):
        await server.submit()
    assert samples_of(server)["dream_refusals_total"] == [({"reason": "Rate"}, 1)]


async def test_every_panel_of_the_dashboard_uses_existing_metrics(server):
    await server.complete_dream()
    page = server.bot.metrics.page().decode()
    names = set()
    for family in text_string_to_metric_families(page):
        names |= {family.name, *(sample.name for sample in family.samples)}
        if family.type == "counter":
            names.add(f"{family.name}_total")
        elif family.type == "histogram":  # without samples as long as its labels have no values
            names.add(f"{family.name}_bucket")
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len(panels) > 10
    for panel in panels:
        for target in panel["targets"]:
            used = set(OWN_METRICS.findall(target["expr"]))
            assert used, panel["title"]
            assert used <= names, panel["title"]


async def test_every_measured_duration_has_a_panel(server):
    page = server.bot.metrics.page().decode()
    families = text_string_to_metric_families(page)
    histograms = {family.name for family in families if family.type == "histogram"}
    assert {"dream_comparison_seconds", "dream_motion_seconds"} <= histograms
    dashboard = DASHBOARD.read_text()
    assert not {name for name in histograms if f"{name}_bucket" not in dashboard}


def test_no_two_panels_of_the_dashboard_overlap():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    taken = [
        (panel["gridPos"]["x"] + column, panel["gridPos"]["y"] + row)
        for panel in panels
        for column in range(panel["gridPos"]["w"])
        for row in range(panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in panels}) == len(panels)
