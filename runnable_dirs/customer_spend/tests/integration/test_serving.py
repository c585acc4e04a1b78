"""The service over real connections on loopback."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from customer_spend.health import is_well
from customer_spend.models.common.finding import find_models, load_model
from customer_spend.pipelines.train import train
from customer_spend.serve import serve

pytestmark = pytest.mark.usefixtures("dummy_data")

_HOST = "127.0.0.1"
_ROW = {"customer": 1, "tenure": 12, "visits": 3, "note": "late payer"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a trained model is served."""
    folder: Path = tmp_path_factory.mktemp("artifacts")
    train(min(find_models()), seed=7, out=folder)
    with serve(*load_model(folder), _HOST, 0) as found:
        yield found


def _post(port: int, body: bytes) -> Any:
    request = urllib.request.Request(f"http://{_HOST}:{port}/predict", body)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_rows_are_answered_with_a_prediction_each(port: int) -> None:
    found = _post(port, json.dumps([_ROW, {**_ROW, "visits": None}]).encode())
    assert len(found["predictions"]) == 2


_BAD_ROWS = (b'[{"customer": 1}]', json.dumps([{**_ROW, "visits": [3]}]).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b"[1]", *_BAD_ROWS])
def test_a_request_that_cannot_be_used_is_answered_with_the_reason(
    port: int, body: bytes
) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        _post(port, body)
    assert caught.value.code == 400
    assert "error" in json.load(caught.value)


def test_it_is_well_while_it_serves(port: int) -> None:
    assert is_well(_HOST, port)
    assert not is_well(_HOST, 1)
