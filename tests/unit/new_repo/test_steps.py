"""A plan that ends in whatever way leaves what went on beside its steps."""

import pytest

from helpers.model.errors import HelpersError
from helpers.new_repo.steps import Step, carry_out


@pytest.mark.parametrize("error", [None, HelpersError("no"), KeyboardInterrupt()])
def test_what_was_begun_beside_the_steps_is_left_however_they_end(
    error: BaseException | None,
) -> None:
    left: list[str] = []

    def work() -> None:
        assert not left
        if error:
            raise error

    steps = (
        Step("one", "", lambda: False, work),
        Step("two", "", lambda: True, work, leave=lambda: left.append("two")),
    )
    if error is None:
        carry_out(steps, lambda _: None)
    else:
        with pytest.raises(type(error)):
            carry_out(steps, lambda _: None)
    assert left == ["two"]
