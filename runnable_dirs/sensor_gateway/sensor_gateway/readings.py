"""The messages of sensors; pydantic 2 takes them in strict mode."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, computed_field

LOW_BATTERY_PERCENT = 15


class _Reading(BaseModel):
    """What each message holds, whatever the sensor measures."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    sensor: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    taken_at: AwareDatetime
    battery_percent: int = Field(ge=0, le=100)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def battery_low(self) -> bool:
        """Whether somebody should bring a battery."""
        return self.battery_percent < LOW_BATTERY_PERCENT


class Temperature(_Reading):
    """Air temperature in degrees Celsius."""

    kind: Literal["temperature"]
    celsius: float = Field(ge=-90, le=150)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fahrenheit(self) -> float:
        """The same in degrees Fahrenheit, to one decimal."""
        return round(self.celsius * 9 / 5 + 32, 1)


class Humidity(_Reading):
    """Relative humidity in percent."""

    kind: Literal["humidity"]
    percent: float = Field(ge=0, le=100)


class Door(_Reading):
    """A door that was opened or closed."""

    kind: Literal["door"]
    open: bool


Reading = Annotated[Temperature | Humidity | Door, Field(discriminator="kind")]

_ADAPTER: TypeAdapter[Temperature | Humidity | Door] = TypeAdapter(Reading)


def decode_reading(line: bytes | str) -> Temperature | Humidity | Door:
    """Read one message.

    Raises:
        pydantic.ValidationError: it is not JSON, of no known kind, or not exactly right.
    """
    return _ADAPTER.validate_json(line)
