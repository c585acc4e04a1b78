"""What the package of a new dir may be called."""

import pytest

from helpers.adoption.from_template.create import template_dependencies
from helpers.adoption.from_template.package_names import check_package, good_name
from helpers.adoption.from_template.source import present_template
from helpers.model.errors import HelpersError
from helpers.system.locate import TOOLCHAIN_ROOT


@pytest.fixture(scope="module")
def dependencies() -> frozenset[str]:
    """What a model project installs."""
    return template_dependencies(present_template(TOOLCHAIN_ROOT, "ml"))


@pytest.mark.parametrize(
    ("name", "why", "fix"),
    [
        ("Churn-Model", "PEP 8 wants small letters", "churn_model"),
        ("churn.model", "PEP 8 wants small letters", "churn_model"),
        ("2nd", "PEP 8 wants small letters", "ml_2nd"),
        ("--", "PEP 8 wants small letters", "ml"),
        ("json", "it would hide Python's module of that name", "json_ml"),
        ("class", "it is a keyword of Python", "class_ml"),
        ("tests", "it would hide what the dir itself is tested with", "tests_ml"),
        ("pandas", "it would hide the module of pandas", "pandas_ml"),
        ("sklearn", "it would hide the module of scikit-learn", "sklearn_ml"),
        ("scipy", "it would hide the module of scipy", "scipy_ml"),
        ("dateutil", "it would hide the module of python-dateutil", "dateutil_ml"),
    ],
)
def test_a_bad_name_is_told_with_the_reason_and_the_nearest_good_one(
    name: str, why: str, fix: str, dependencies: frozenset[str]
) -> None:
    with pytest.raises(HelpersError) as caught:
        check_package(name, "ml", dependencies, "apps/churn")
    assert f"{name!r}: {why}" in caught.value.what
    assert caught.value.fix == f"--data package={fix}"
    check_package(fix, "ml", dependencies, "apps/churn")


@pytest.mark.parametrize("name", ["churn", "churn_model", "model2"])
def test_a_good_name_is_taken_as_it_is(name: str, dependencies: frozenset[str]) -> None:
    check_package(name, "ml", dependencies, "apps/churn")
    assert good_name(name, "ml", dependencies) == name


def test_what_one_template_installs_is_no_matter_to_another() -> None:
    check_package(
        "pandas", "cli", template_dependencies(present_template(TOOLCHAIN_ROOT, "cli")), "a"
    )
