"""How often one client may do one thing: an atomic bucket in Redis, one in this process while Redis is away.

Both are the generic cell rate algorithm (ITU-T I.371): a full bucket of N passes, refilled evenly over the
period. All that is kept per client is the instant at which its bucket would be full again, so a flushed
Redis only forgives. While Redis is away each process counts for itself: N times as many processes, N times
the limit, and submissions go on.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core.redis_url import client_url

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.25
BREAKER_SECONDS = 30.0
MEMORY_CLIENTS = 10_000  # buckets kept by the fallback; beyond that the fullest are forgotten
PERIOD_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

# Whole microseconds throughout: doubles hold them exactly until the year 2255.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local interval, limit = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local stored = redis.pcall('GET', key)
  if type(stored) == 'table' then redis.call('DEL', key) stored = false end
  local full_at = math.max(tonumber(stored or '') or now, now) + interval
  local wait = full_at - now - interval * limit
  if wait > 0 then
    answers[i] = -wait
    if i == 1 and ARGV[2 * #KEYS + 1] == '1' then return answers end
  else
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
    answers[i] = full_at - now
  end
end
return answers
"""


class Limit(NamedTuple):
    uses: int
    interval_us: int  # microseconds until one more is allowed


class Bucket(NamedTuple):
    """Who may do what how often."""

    purpose: str
    client: str
    limit: str  # like "3000/m"


class UsedUpError(Exception):
    """A bucket is empty, and nothing was done."""

    def __init__(self, verdict: "Verdict") -> None:
        super().__init__(f"Again in {verdict.retry_after_seconds} s")
        self.retry_after_seconds = verdict.retry_after_seconds


class Verdict(NamedTuple):
    is_allowed: bool
    retry_after_seconds: int  # 0 when allowed, else 1 or more
    remaining: int  # uses that would pass at this moment
    reset_seconds: int  # until the bucket is full again


@lru_cache(maxsize=64)
def parse_limit(spec: str) -> Limit:
    """Return the limit that ``spec`` names: a count, a slash and s, m, h or d, like "3000/m".

    Raises ImproperlyConfigured for anything else.
    """
    count, _, unit = spec.partition("/")
    if not (count.isascii() and count.isdigit() and 0 < int(count) <= 1_000_000 and unit in PERIOD_SECONDS):
        raise ImproperlyConfigured(f"Not a limit like 3000/m: {spec!r}")
    return Limit(int(count), PERIOD_SECONDS[unit] * 1_000_000 // int(count))


class MemoryBuckets:
    """The fallback: buckets of this process, bounded in number."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, key: str, limit: Limit) -> int:
        """Take one; return the microseconds until the bucket is full, or minus those to wait when it is empty."""
        now = time.monotonic_ns() // 1_000
        with self._lock:
            full_at = max(self._full_at.get(key, now), now) + limit.interval_us
            wait = full_at - now - limit.interval_us * limit.uses
            if wait > 0:
                return -wait
            self._full_at[key] = full_at
            if len(self._full_at) > MEMORY_CLIENTS:
                self._forget(now)
            return full_at - now

    def take_each(self, wanted: Sequence[tuple[str, Limit]], *, is_gated: bool) -> list[int]:
        """Take one of each; where the first of a gated trip is empty, of none."""
        taken = []
        for key, limit in wanted:
            taken.append(self.take(key, limit))
            if is_gated and taken[0] < 0:
                break
        return taken

    def _forget(self, now: int) -> None:
        alive = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        emptiest_first = sorted(alive.items(), key=lambda item: -item[1])
        self._full_at = dict(emptiest_first[: MEMORY_CLIENTS // 2])


class RedisBuckets:
    """The buckets in Redis, behind a breaker: after a failure nobody waits for Redis for 30 seconds."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            client_url(url),
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._client.register_script(SCRIPT)
        self._closed_at = 0.0  # monotonic seconds from which Redis is asked again

    def take_each(self, wanted: Sequence[tuple[str, Limit]], *, is_gated: bool) -> list[int] | None:
        """Do as MemoryBuckets.take_each does, in one trip, or return None when Redis cannot say."""
        if time.monotonic() < self._closed_at:
            return None
        try:
            arguments = [number for _key, limit in wanted for number in (limit.interval_us, limit.uses)]
            arguments.append(int(is_gated))
            return [int(one) for one in self._script(keys=[key for key, _limit in wanted], args=arguments)]
        except (redis.RedisError, OSError) as error:
            self._closed_at = time.monotonic() + BREAKER_SECONDS
            logger.warning("Redis does not answer, counting in this process for a while: %s", error)
            return None


_memory = MemoryBuckets()


@lru_cache(maxsize=4)
def _redis_buckets(url: str) -> RedisBuckets:
    return RedisBuckets(url)


def take(*, purpose: str, client: str, limit: str) -> Verdict:
    """Count one use by ``client`` for ``purpose`` and say whether it is within ``limit`` ("3000/m").

    Never raises for want of Redis. When Redis hangs it costs 0.25 s to connect or to answer, once in 30 s.
    """
    return take_each([Bucket(purpose, client, limit)])[0]


def take_each(wanted: Sequence[Bucket], *, first: Bucket | None = None) -> list[Verdict]:
    """Do as ``take`` does for each, in one trip to Redis: every bucket for itself.

    Raises UsedUpError where ``first``, which is taken in the same trip and not among the answers, is empty: then
    nothing else was taken.
    """
    buckets = [first, *wanted] if first else wanted
    if not buckets:
        return []
    parsed = [(_key(*one), parse_limit(one.limit)) for one in buckets]
    is_gated = first is not None
    taken_us = _redis_buckets(settings.REDIS_URL).take_each(parsed, is_gated=is_gated)
    if taken_us is None:
        taken_us = _memory.take_each(parsed, is_gated=is_gated)
    verdicts = [_verdict(one, limit) for one, (_, limit) in zip(taken_us, parsed, strict=False)]
    if first and not verdicts[0].is_allowed:
        raise UsedUpError(verdicts[0])
    return verdicts[1:] if first else verdicts


def _key(purpose: str, client: str, limit: str) -> str:
    """Return the bucket's key. Hashed: a client may be an address or a name, which Redis need not keep."""
    return f"limit:{purpose}:{limit}:{hashlib.sha256(client.encode(errors='replace')).hexdigest()[:32]}"


def _verdict(taken_us: int, limit: Limit) -> Verdict:
    """Put into words what a bucket said: rounded so that nobody is promised too much."""
    if taken_us > 0:
        remaining = limit.uses - -(-taken_us // limit.interval_us)
        return Verdict(True, 0, remaining, -(-taken_us // 1_000_000))
    full_in_us = limit.interval_us * (limit.uses - 1) - taken_us
    return Verdict(False, -(taken_us // 1_000_000), 0, -(-full_in_us // 1_000_000))
