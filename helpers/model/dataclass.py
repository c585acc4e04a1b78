"""Dataclasses that are quick to import, used as those of the standard library.

`dataclasses.dataclass` writes and compiles some six functions for each class, which takes about a
millisecond; a command that enters a container imports eighty classes. Here they are closures, and a
class takes a tenth of that.
"""

import dataclasses
import operator
import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        order: bool = False,
    ) -> Any:
        """As the standard library's, whose `fields`, `replace` and `asdict` take the objects."""

        def made(cls: type) -> type:
            return _made(cls, frozen=frozen, slots=slots, order=order)

        return made(cls) if cls else made


_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
# Whether a field is part of the hash: what it says of that, or whether it is compared.
_HASHED = {(True, True), (True, False), (None, True)}


def _made(cls: type, *, frozen: bool, slots: bool, order: bool) -> type:
    cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    every = dataclasses.fields(cls)
    compared = _values(field.name for field in every if field.compare)
    hashed = _values(field.name for field in every if (field.hash, field.compare) in _HASHED)
    methods: dict[str, Any] = {
        "__init__": _initialiser(cls, every),
        "__repr__": _representation([field.name for field in every if field.repr]),
        "__eq__": _comparison(operator.eq, compared),
    }
    if order:
        methods |= {name: _comparison(getattr(operator, name), compared) for name in _ORDER}
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    # Python itself says that a class with `__eq__` alone has no hash.
    own = {name for name, value in vars(cls).items() if (name, value) != ("__hash__", None)}
    methods["__hash__"] = (lambda self: hash(hashed(self))) if frozen else None
    for name in methods.keys() - own:
        setattr(cls, name, methods[name])
    return cls


def _values(names: Iterable[str]) -> Callable[[Any], Any]:
    """What reads these fields: a tuple, or of one field its value."""
    names = tuple(names)
    return operator.attrgetter(*names) if names else lambda _: ()


def _initialiser(cls: type, every: Sequence["dataclasses.Field[Any]"]) -> Callable[..., None]:
    names = tuple(field.name for field in every if field.init)
    supplies = {field.name: supply for field in every if (supply := _supply(field))}
    beside = [field.name for field in every if not field.init and field.name in supplies]
    goes_on = hasattr(cls, "__post_init__")
    put = object.__setattr__

    def initialise(self: Any, /, *args: Any, **named: Any) -> None:
        for name, value in zip(names, args, strict=False):
            put(self, name, value)
        for name in names[len(args) :]:
            if name in named:
                put(self, name, named.pop(name))
            elif name in supplies:
                put(self, name, supplies[name]())
            else:
                raise TypeError(f"{cls.__qualname__} is not given {name!r}")
        if named or len(args) > len(names):
            raise TypeError(f"{cls.__qualname__} is given more than {', '.join(names)} once each")
        for name in beside:
            put(self, name, supplies[name]())
        if goes_on:
            self.__post_init__()

    return initialise


def _supply(field: "dataclasses.Field[Any]") -> Callable[[], Any] | None:
    """The default of a field."""
    if field.default is not dataclasses.MISSING:
        return lambda: field.default
    return None if field.default_factory is dataclasses.MISSING else field.default_factory


def _representation(names: Sequence[str]) -> Callable[[Any], str]:
    @reprlib.recursive_repr()
    def represent(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return represent


def _comparison(
    compare: Callable[[Any, Any], Any], values: Callable[[Any], Any]
) -> Callable[[Any, Any], Any]:
    def compared(self: Any, other: Any) -> Any:
        if type(other) is not type(self):
            return NotImplemented
        return compare(values(self), values(other))

    return compared


def _refuse_to_set(_: Any, name: str, __: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
