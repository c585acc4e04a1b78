import pytest

from helpers.console.adoption_view import next_lines


@pytest.mark.parametrize("empty", [True, False])
def test_a_repo_without_code_is_offered_a_first_dir_with_a_test(empty: bool) -> None:
    told = next_lines("./setenv.sh", "./main_pytest.py", "", empty=empty)
    create = "  i runnable_dir_create --dir apps/hello --template library"
    assert (create in told) is empty
    if empty:
        assert told.index("  source ./setenv.sh") < told.index(create)
        assert told.index(create) < told.index("  ./main_pytest.py")
