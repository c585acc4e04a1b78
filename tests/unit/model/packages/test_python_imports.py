import pytest

from helpers.model.packages.python_imports import gives_module, needed_modules


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("redis", "redis.client"),
        ("charset-normalizer", "charset_normalizer"),
        ("pyyaml", "yaml"),
        ("pillow", "PIL.Image"),
        ("scikit-learn", "sklearn.svm"),
        ("python-dateutil", "dateutil.parser"),
        ("psycopg2-binary", "psycopg2"),
        ("google-cloud-storage", "google.cloud.storage"),
        ("protobuf", "google.protobuf.message"),
        ("attrs", "attr"),
        ("attrs", "attrs"),
    ],
)
def test_a_package_gives_the_module_that_is_called_after_it(package: str, module: str) -> None:
    assert gives_module(package, module)


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("pyarrow", "arrow"),
        ("pytest", "test"),
        ("redis-om", "redis"),
        ("google-cloud-storage", "google.cloud.bigquery"),
        ("types-redis", "redis"),
        ("attrs", "attribute"),
    ],
)
def test_a_name_that_is_only_like_it_is_another(package: str, module: str) -> None:
    assert not gives_module(package, module)


def test_only_what_the_code_cannot_do_without_is_needed() -> None:
    text = """\
import a.b, c
from d import e
from . import f
from .g import h
try:
    import i
except ImportError:
    pass
if TYPE_CHECKING:
    import j
def k(): import l
"""
    assert needed_modules(text) == ["a.b", "c", "d", "d.e"]


@pytest.mark.parametrize("text", ["def (:\n", "import a\0\n"])
def test_what_is_no_python_needs_nothing(text: str) -> None:
    assert needed_modules(text) == []
