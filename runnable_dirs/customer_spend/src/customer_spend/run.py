"""Command line: `python -m customer_spend.run`; `--list` says which models there are."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from customer_spend.data_loaders.finding import find_loaders
from customer_spend.errors import InputError
from customer_spend.health import DEFAULT_PORT
from customer_spend.models.common.finding import find_models
from customer_spend.pipelines.evaluate import evaluate
from customer_spend.pipelines.predict import predict
from customer_spend.pipelines.train import train
from customer_spend.serve import serve_until_told

_DEFAULT_MODEL = "boosting"
_USER_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 2 where something that is given cannot be used."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        if given.list:
            print(_listing())
        elif given.work is None:
            parser.error("name what to do: train, predict, evaluate, serve; or --list")
        else:
            given.work(given)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _USER_ERROR
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m customer_spend.run")
    parser.add_argument(
        "--list", action="store_true", help="show models, parameters, loaders"
    )
    parser.set_defaults(work=None)
    works = parser.add_subparsers()
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", default="", help="<loader>:<where>; default: the dummy data"
    )
    saved = argparse.ArgumentParser(add_help=False)
    saved.add_argument(
        "--model", type=Path, default=Path("artifacts"), help="a trained model"
    )
    one = works.add_parser("train", parents=[data], help="train a model, and write it")
    one.add_argument("--model", default=_DEFAULT_MODEL, help="default: %(default)s")
    one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    one.add_argument(
        "--set-any",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the same, for a model that has such a parameter",
    )
    one.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    one.add_argument(
        "--out", type=Path, default=Path("artifacts"), help="default: %(default)s"
    )
    one.set_defaults(work=_train)
    one = works.add_parser("predict", parents=[data, saved], help="predict, as CSV")
    one.add_argument("--out", type=Path, help="a file; default: the standard output")
    one.set_defaults(work=_predict)
    one = works.add_parser(
        "evaluate", parents=[data, saved], help="say how good a model is"
    )
    one.set_defaults(work=_evaluate)
    one = works.add_parser(
        "serve", parents=[saved], help="predict for rows sent by HTTP"
    )
    one.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    one.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="default: %(default)s"
    )
    one.set_defaults(
        work=lambda given: serve_until_told(given.model, given.host, given.port)
    )
    return parser


def _train(given: argparse.Namespace) -> None:
    if given.seed < 0 or given.seed >= 2**32:
        raise InputError(
            f"--seed is a whole number from 0 to {2**32 - 1}, found {given.seed}"
        )
    kind = find_models().get(given.model)
    own = {one.name for one in kind.parameters} if kind else set()
    perhaps = {key: text for key, text in _read_set(given.set_any) if key in own}
    values = {**perhaps, **dict(_read_set(given.set))}
    training = train(given.model, given.data, values, given.seed, given.out)
    print(training.text(), end="")
    print(f"written: {given.out}", file=sys.stderr)


def _read_set(items: Iterable[str]) -> list[tuple[str, str]]:
    for item in items:
        if "=" not in item:
            raise InputError(f"--set {item}: it is not NAME=VALUE, such as alpha=0.1")
    return [(key, text) for key, _, text in (item.partition("=") for item in items)]


def _predict(given: argparse.Namespace) -> None:
    text = predict(given.model, given.data).csv()
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def _evaluate(given: argparse.Namespace) -> None:
    found = evaluate(given.model, given.data)
    content = {"model": found.model, **found.metrics.as_dict()}
    print(json.dumps(content, indent=2, sort_keys=True))


def _listing() -> str:
    lines = ["models:"]
    for name, kind in find_models().items():
        lines.append(f"  {name}")
        lines += [f"    {one}; default: {one.default:g}" for one in kind.parameters]
    lines.append("data loaders:")
    lines += [f"  {name}: --data {one.USAGE}" for name, one in find_loaders().items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
