from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import monotonic

import pytest
import redis
from django.conf import settings as project_settings
from django.core.exceptions import ImproperlyConfigured

from apps.core import limits
from apps.core.redis_url import client_url

_number = count(1)


@pytest.fixture
def valkey():
    with redis.Redis.from_url(client_url(project_settings.REDIS_URL)) as client:
        for key in client.scan_iter("limit:test*"):
            client.delete(key)
        yield client
        for key in client.scan_iter("limit:test*"):
            client.delete(key)


@pytest.fixture
def purpose():
    return f"test{next(_number)}"


@pytest.fixture
def dead_redis(settings):
    """An address where nobody listens, with a breaker of its own."""
    settings.REDIS_URL = f"redis://127.0.0.1:1/{next(_number)}"


def take_many(purpose, limit, calls, clients=("client",)):
    with ThreadPoolExecutor(max_workers=100) as pool:
        jobs = [
            pool.submit(limits.take, purpose=purpose, client=clients[n % len(clients)], limit=limit)
            for n in range(calls)
        ]
        return [job.result() for job in jobs]


def test_exactly_n_of_500_parallel_uses_pass(valkey, purpose):
    verdicts = take_many(purpose, "100/d", 500)

    assert sum(verdict.is_allowed for verdict in verdicts) == 100


def test_each_client_has_a_bucket_of_its_own(valkey, purpose):
    verdicts = take_many(purpose, "10/d", 60, clients=("one", "two"))

    assert sum(verdict.is_allowed for verdict in verdicts) == 20


def test_a_refusal_says_when_to_come_back(valkey, purpose):
    limits.take(purpose=purpose, client="client", limit="1/m")

    verdict = limits.take(purpose=purpose, client="client", limit="1/m")

    assert verdict == limits.Verdict(is_allowed=False, retry_after_seconds=60, remaining=0, reset_seconds=60)


def test_a_bucket_refills_evenly(valkey, purpose):
    key_of_one_second = "1000/s"
    take_many(purpose, key_of_one_second, 5)

    verdict = limits.take(purpose=purpose, client="client", limit=key_of_one_second)

    assert (verdict.is_allowed, verdict.retry_after_seconds) == (True, 0)


@pytest.mark.parametrize("fixture", ["valkey", "dead_redis"])
def test_a_verdict_counts_down_and_says_when_all_is_back(request, fixture, purpose):
    request.getfixturevalue(fixture)

    verdicts = [limits.take(purpose=purpose, client="client", limit="3/d") for _ in range(4)]

    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert [verdict.reset_seconds for verdict in verdicts] == [28_800, 57_600, 86_400, 86_400]


def test_flushall_forgives_and_goes_on(valkey, purpose):
    limits.take(purpose=purpose, client="client", limit="1/d")
    valkey.delete(*valkey.scan_iter(f"limit:{purpose}:*"))  # all that FLUSHALL means to us; others use this server
    valkey.script_flush()

    verdicts = [limits.take(purpose=purpose, client="client", limit="1/d").is_allowed for _ in range(2)]

    assert verdicts == [True, False]


def test_a_key_of_another_type_is_replaced(valkey, purpose):
    limits.take(purpose=purpose, client="client", limit="1/d")
    (key,) = valkey.scan_iter(f"limit:{purpose}:*")
    valkey.delete(key)
    valkey.lpush(key, "garbage")

    verdicts = [limits.take(purpose=purpose, client="client", limit="1/d").is_allowed for _ in range(2)]

    assert verdicts == [True, False]


def test_keys_expire_with_their_bucket(valkey, purpose):
    limits.take(purpose=purpose, client="client", limit="60/m")

    (key,) = valkey.scan_iter(f"limit:{purpose}:*")

    assert 0 < valkey.pttl(key) <= 1_000


def test_without_redis_this_process_counts_exactly(dead_redis, purpose):
    verdicts = take_many(purpose, "100/d", 500)

    assert sum(verdict.is_allowed for verdict in verdicts) == 100


def test_without_redis_a_limit_of_one_lets_one_pass(dead_redis, purpose):
    verdicts = [limits.take(purpose=purpose, client="client", limit="1/d").is_allowed for _ in range(2)]

    assert verdicts == [True, False]


def test_without_redis_only_the_first_call_asks_it(dead_redis, purpose, caplog):
    started_at = monotonic()
    for _ in range(200):
        limits.take(purpose=purpose, client="client", limit="3000/m")

    assert monotonic() - started_at < 1
    assert len([record for record in caplog.records if "Redis does not answer" in record.message]) == 1


def test_a_redis_that_hangs_costs_a_quarter_of_a_second_once(settings, purpose):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.REDIS_URL = f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"
        started_at = monotonic()
        for _ in range(50):
            assert limits.take(purpose=purpose, client="client", limit="3000/m").is_allowed

        assert 0.2 < monotonic() - started_at < 0.9


def test_redis_is_asked_again_after_the_breaker_closes(settings, valkey, purpose):
    url = project_settings.REDIS_URL
    settings.REDIS_URL = f"{url}{'&' if '?' in url else '?'}client_name=breaker"
    buckets = limits._redis_buckets(settings.REDIS_URL)
    buckets._closed_at = monotonic() + limits.BREAKER_SECONDS
    limits.take(purpose=purpose, client="client", limit="1/d")
    assert list(valkey.scan_iter(f"limit:{purpose}:*")) == []

    buckets._closed_at = monotonic()
    limits.take(purpose=purpose, client="client", limit="1/d")

    assert len(list(valkey.scan_iter(f"limit:{purpose}:*"))) == 1


def test_the_fallback_is_bounded_and_forgets_the_fullest_first():
    buckets, limit = limits.MemoryBuckets(), limits.parse_limit("2/d")
    for _ in range(2):
        buckets.take("heavy", limit)

    for number in range(limits.MEMORY_CLIENTS + 10):
        buckets.take(f"client{number}", limit)

    assert len(buckets._full_at) <= limits.MEMORY_CLIENTS
    assert buckets.take("heavy", limit) < 0


@pytest.mark.parametrize("spec", ["", "3000", "0/m", "-1/m", "10/y", "x/m", "10/m/m", "1e3/m", "²/m"])
def test_a_limit_that_is_none_is_refused(spec):
    with pytest.raises(ImproperlyConfigured, match="Not a limit"):
        limits.parse_limit(spec)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://127.0.0.1:6379/3", "redis://127.0.0.1:6379/3"),
        ("rediss://host/0", "rediss://host/0"),
        ("redis+socket:///tmp/v.sock?virtual_host=2", "unix:///tmp/v.sock?db=2"),
        ("redis+socket:///tmp/v.sock", "unix:///tmp/v.sock?db=0"),
    ],
)
def test_client_url_reads_both_spellings(url, expected):
    assert client_url(url) == expected


def test_a_limit_nobody_can_read_is_refused_at_the_start(settings):
    from apps.core.apps import limits_are_readable

    settings.FORM_LIMIT, settings.API_LIMIT = "3000/m", "100000000/m"

    assert [problem.msg for problem in limits_are_readable(None)] == [
        "API_LIMIT: Not a limit like 3000/m: '100000000/m'"
    ]


@pytest.mark.parametrize("is_redis_there", [True, False])
def test_where_the_first_bucket_is_empty_no_other_is_taken(purpose, settings, is_redis_there):
    if not is_redis_there:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    gate, other = limits.Bucket(purpose, "gate", "2/d"), limits.Bucket(purpose, "other", "9/d")
    for _ in range(2):
        limits.take_each([other], first=gate)

    for _ in range(5):
        with pytest.raises(limits.UsedUpError) as refused:
            limits.take_each([other], first=gate)

    assert refused.value.retry_after_seconds > 0
    assert limits.take_each([other])[0].remaining == 6
