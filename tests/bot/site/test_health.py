"""What machines that watch are told."""

from threading import Thread

from bot.site.metrics import Metrics
from tests.bot.site.conftest import Browser
from tests.bot.site.village import Village


async def test_it_says_that_it_is_alive_and_ready(browser: Browser) -> None:
    assert (await browser.client.get("/healthz")).status == 200
    ready = await browser.client.get("/readyz")
    assert ready.status == 200
    assert (await ready.json())["ticks"] == {"well": True, "reading": "3"}


async def test_one_thing_unwell_makes_it_unready_but_alive(
    browser: Browser, village: Village
) -> None:
    village.ticks = False
    assert (await browser.client.get("/healthz")).status == 200
    assert (await browser.client.get("/readyz")).status == 503


async def test_a_way_in_trouble_is_shown_and_keeps_nobody_from_the_others(
    browser: Browser, village: Village
) -> None:
    village.telegram = "webhook-changed"
    ready = await browser.client.get("/readyz")
    assert ready.status == 200
    assert (await ready.json())["telegram"] == {"well": False, "reading": "webhook-changed"}


async def test_the_numbers_count_what_was_asked(browser: Browser) -> None:
    await browser.says("喂")
    async with browser.listens() as stream:
        await stream.cards()
        response = await browser.client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = (await response.text()).splitlines()
    assert 'site_requests_total{route="/chat/say",status="200"} 1' in lines
    assert "site_open_pages 1" in lines


async def test_nobody_outside_reads_the_numbers(browser: Browser) -> None:
    """A proxy of ours says for whom it asks; how often somebody spoke is not theirs to know."""
    outside = await browser.client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert outside.status == 404
    assert "site_requests" not in await outside.text()


def test_numbers_are_written_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    metrics.counter("told_total", "Messages told.")
    metrics.gauge("waiting", "Messages that wait.")
    metrics.gauge("level", "Read when asked.", read=lambda: 2.5)
    metrics.histogram("seconds", "Time.", (0.1, 1))
    metrics.add("told_total", channel='we"b\\\n')
    metrics.add("told_total", 2, channel="x")
    metrics.set("waiting", 7)
    for value in (0.05, 0.5, 5):
        metrics.observe("seconds", value)
    assert metrics.text() == (
        "# HELP told_total Messages told.\n"
        "# TYPE told_total counter\n"
        'told_total{channel="we\\"b\\\\\\n"} 1\n'
        'told_total{channel="x"} 2\n'
        "# HELP waiting Messages that wait.\n"
        "# TYPE waiting gauge\n"
        "waiting 7\n"
        "# HELP level Read when asked.\n"
        "# TYPE level gauge\n"
        "level 2.5\n"
        "# HELP seconds Time.\n"
        "# TYPE seconds histogram\n"
        'seconds_bucket{le="0.1"} 1\n'
        'seconds_bucket{le="1"} 2\n'
        'seconds_bucket{le="+Inf"} 3\n'
        "seconds_sum 5.5499999999999998\n"
        "seconds_count 3\n"
    )


def test_threads_lose_no_count() -> None:
    metrics = Metrics()
    metrics.counter("steps_total", "Steps.")

    def work() -> None:
        for _ in range(5000):
            metrics.add("steps_total")

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.text().splitlines()[-1] == "steps_total 20000"
