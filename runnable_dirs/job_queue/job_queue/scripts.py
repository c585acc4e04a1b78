"""The steps that must happen at once or not at all; Redis runs each script alone.

Every script gets the keys of one queue in the order of `QueueKeys`, and the time as its first
argument (seconds since the epoch).
"""

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class QueueKeys:
    """Where a queue lives in Redis.

    Attributes:
        jobs: hash, id to the job's JSON.
        attempts: hash, id to how often it was reserved.
        waiting: sorted set of ids by the time from which they may be reserved.
        reserved: sorted set of ids by the time at which the reservation ends.
        dead: list of ids, the latest first.
    """

    jobs: str
    attempts: str
    waiting: str
    reserved: str
    dead: str

    @classmethod
    def of(cls, queue: str) -> "QueueKeys":
        """The keys of the queue of that name; the braces keep them on one node of a cluster."""
        names = ("jobs", "attempts", "waiting", "reserved", "dead")
        return cls(*(f"job_queue:{{{queue}}}:{name}" for name in names))

    def all(self) -> tuple[str, ...]:
        """Every key."""
        return astuple(self)


_NAMES = """
local jobs, attempts, waiting, reserved, dead = unpack(KEYS)
local now = tonumber(ARGV[1])
"""

# Arguments: now, id, JSON, time from which the job may be reserved.
ENQUEUE = f"""{_NAMES}
redis.call('HSET', jobs, ARGV[2], ARGV[3])
redis.call('ZADD', waiting, ARGV[4], ARGV[2])
"""

# Arguments: now, visibility in seconds, attempts allowed. Returns id, attempt, JSON; or nothing.
# What was reserved for too long goes back to the waiting, or to the dead, first.
RESERVE = f"""{_NAMES}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', reserved, '-inf', now)) do
    redis.call('ZREM', reserved, id)
    if tonumber(redis.call('HGET', attempts, id)) >= tonumber(ARGV[3]) then
        redis.call('LPUSH', dead, id)
    else
        redis.call('ZADD', waiting, now, id)
    end
end
local id = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, 1)[1]
if not id then
    return false
end
redis.call('ZREM', waiting, id)
redis.call('ZADD', reserved, now + tonumber(ARGV[2]), id)
local attempt = redis.call('HINCRBY', attempts, id, 1)
return {{id, attempt, redis.call('HGET', jobs, id)}}
"""

# A reservation holds while its time is not over and nobody reserved the job anew.
_STILL_HELD = f"""{_NAMES}
local ends = redis.call('ZSCORE', reserved, ARGV[2])
local held = ends and tonumber(ends) > now and redis.call('HGET', attempts, ARGV[2]) == ARGV[3]
if not held then
    return 0
end
"""

# Arguments: now, id, attempt. Returns 1, or 0 when the reservation was lost.
FINISH = f"""{_STILL_HELD}
redis.call('ZREM', reserved, ARGV[2])
redis.call('HDEL', jobs, ARGV[2])
redis.call('HDEL', attempts, ARGV[2])
return 1
"""

# Arguments: now, id, attempt, time from which it may be tried again, attempts allowed. As above.
FAIL = f"""{_STILL_HELD}
redis.call('ZREM', reserved, ARGV[2])
if tonumber(ARGV[3]) >= tonumber(ARGV[5]) then
    redis.call('LPUSH', dead, ARGV[2])
else
    redis.call('ZADD', waiting, ARGV[4], ARGV[2])
end
return 1
"""

# Arguments: now. Returns how many jobs were revived.
REVIVE = f"""{_NAMES}
local ids = redis.call('LRANGE', dead, 0, -1)
for _, id in ipairs(ids) do
    redis.call('HDEL', attempts, id)
    redis.call('ZADD', waiting, now, id)
end
redis.call('DEL', dead)
return #ids
"""
