"""What readings say about a site: a summary per sensor, and alarms. Nothing here does I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from pydantic import BaseModel, ConfigDict

from sensor_gateway.readings import Door, Humidity, Temperature


class Limits(BaseModel):
    """Beyond these an alarm is raised."""

    model_config = ConfigDict(frozen=True)

    celsius_max: float = 30.0
    humidity_max: float = 70.0


class Alarm(BaseModel):
    """Somebody should look at `sensor`."""

    model_config = ConfigDict(frozen=True)

    sensor: str
    since: datetime
    reason: str


@dataclass
class SensorState:
    """What is known of one sensor: readings taken, and when and why it raised its alarms."""

    readings: int = 0
    latest: datetime | None = None
    raised: set[str] = field(default_factory=set)


class Site:
    """All sensors of a place. An alarm is raised once, and again only after it was over."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.sensors: dict[str, SensorState] = {}

    def take(self, reading: Temperature | Humidity | Door) -> list[Alarm]:
        """Count a reading and return the alarms that it raises; one that is late raises none."""
        state = self.sensors.setdefault(reading.sensor, SensorState())
        state.readings += 1
        if state.latest is not None and reading.taken_at < state.latest:
            return []
        state.latest = reading.taken_at
        reasons = _reasons(reading, self._limits)
        new = sorted(reasons - state.raised)
        state.raised = reasons
        return [Alarm(sensor=reading.sensor, since=reading.taken_at, reason=it) for it in new]


def _reasons(reading: Temperature | Humidity | Door, limits: Limits) -> set[str]:
    reasons = {"battery low"} if reading.battery_low else set()
    match reading:
        case Temperature():
            too_much = reading.celsius > limits.celsius_max
        case Humidity():
            too_much = reading.percent > limits.humidity_max
        case Door():
            too_much = reading.open
        case _:
            assert_never(reading)
    if too_much:
        reasons.add("door open" if isinstance(reading, Door) else f"{reading.kind} high")
    return reasons
