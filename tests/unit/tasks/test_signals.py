import pytest

from helpers.tasks.signals import interruptible


class _Interrupted:
    def __set_name__(self, *_: object) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_while_a_class_is_made_is_one() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        type("Made", (), {"field": _Interrupted()})
