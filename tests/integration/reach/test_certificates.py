"""The certificates of a run, as the environment makes them that has Dask."""

import time

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.own_environment import own_environment
from helpers.system.process import run

pytestmark = pytest.mark.slow

_DAY = 24 * 3600
_MADE = """
from cryptography import x509
from helpers.reach.certificates import make_certificates
found = x509.load_pem_x509_certificate(make_certificates().certificate.encode())
print(found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp())
"""


def test_they_are_good_where_a_clock_is_a_day_off() -> None:
    folder = own_environment(TOOLCHAIN_ROOT, "hosts_requirements.txt", "Dask", lambda _: None)
    said = run(
        [folder / "bin" / "python", "-c", _MADE], env={"PYTHONPATH": str(TOOLCHAIN_ROOT)}
    ).stdout
    begins, ends = map(float, said.split())
    assert begins < time.time() - _DAY
    assert ends > time.time() + _DAY
