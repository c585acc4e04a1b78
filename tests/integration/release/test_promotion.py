"""Promotion with a real registry: what a user types, ends at any request, another registry."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.model.environments import Record, Standing
from helpers.model.errors import HelpersError
from helpers.registry import settling
from helpers.release.index import read_index
from helpers.release.promotion import carry_out, plan
from helpers.release.promotion.places import Place
from helpers.release.promotion.records import read_record, write_record
from helpers.release.promotion.status import read_standing
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests.builders import commit_all, git, make_runnable_dir, write_files
from tests.integration.conftest import StartRegistry, Workplace
from tests.pages import PAGES, blocks
from tests.promotions import BOB, DIR, NAMES, THREE, Shop, add_origin, make_shop
from tests.registries import Fault, FaultyProxy, Registry

pytestmark = pytest.mark.slow
_VALUES = """\
environments:
  - integration
  - {name: staging, values: deploy/staging.yaml}
  - {name: production, values: "deploy/{dir}/production.env"}
"""


@pytest.fixture
def registry(start_registry: StartRegistry) -> Registry:
    """A registry of which no engine hears: a promotion needs none."""
    return start_registry(for_engine=False)


@pytest.fixture
def proxy(registry: Registry) -> Iterator[FaultyProxy]:
    """Stands before the registry."""
    with FaultyProxy(registry) as running:
        yield running


@pytest.fixture(autouse=True)
def _unsettled(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process nobody waits for others."""
    monkeypatch.setattr(settling, "wait_for_rivals", lambda *_: None)


@pytest.fixture
def shop(tmp_path: Path, registry: Registry, proxy: FaultyProxy) -> Shop:
    """A repo with three environments."""
    return make_shop(tmp_path / "repo", registry, address=proxy.address)


def _typing(shop: Shop) -> Callable[..., ProcessResult]:
    """What is typed at the repo's root; no engine is asked, so it need not answer."""
    nowhere = {"DOCKER_HOST": "unix:///nowhere.sock"}
    workplace = Workplace(shop.repo, Client(find_endpoint(nowhere)))
    return partial(workplace.invoke, env=nowhere)


def _die() -> None:
    raise KeyboardInterrupt


def _refused(work: Callable[[], object]) -> HelpersError:
    with pytest.raises(HelpersError) as caught:
        work()
    return caught.value


@pytest.mark.superslow
def test_the_commands_of_the_page_work(
    tmp_path: Path, registry: Registry, proxy: FaultyProxy
) -> None:
    shop = make_shop(tmp_path / "repo", registry, _VALUES, address=proxy.address)
    production = {f"deploy/{DIR}/production.env": "# of production\nreplicas=3\nAPI_TOKEN=abc1\n"}
    tested = {f"{DIR}/tests/acceptance/test_it.py": "", "main_pytest.py": _STAND_IN}
    write_files(shop.repo.root, {"checks/smoke.py": _SMOKE, **production, **tested})
    (shop.repo.root / "main_pytest.py").chmod(0o755)
    origin = add_origin(shop.repo.root)
    invoke = _typing(shop)
    older = shop.release("prod-0.9.0")
    for before, to in zip(("", *NAMES), NAMES, strict=False):
        if before:
            shop.accept(before)
        shop.promote(to, digest="" if before else older)
    newer = shop.release("prod-1.0.0", "prod")
    (page,) = [page for page in PAGES if page.name == "promotion.md"]
    said: dict[str, str] = {}
    for command in [line for block in blocks(page, "console") for line in block.commands]:
        asked = len(proxy.asked)
        done = invoke(*shlex.split(command)[1:])
        assert done.status == 0, done.stdout + done.stderr
        said[command.removesuffix(f" --dir {DIR}")] = done.stdout
        if command.startswith("i promote --to production"):
            # The ninth is that of a machine under load, which looks once more.
            assert len(proxy.asked) - asked <= 9, proxy.asked[asked:]
    assert proxy.count("blobs/(?!sha256:44136fa|uploads)") == 0, "no layer moves"
    rows = [re.split("  +", line) for line in said["i promote_status"].splitlines()]
    assert [row[:4] for row in rows] == [
        ["dir", "environment", "version", "digest"],
        [DIR, "integration", "prod-1.0.0", newer[:19]],
        [DIR, "staging", "prod-1.0.0", newer[:19]],
        [DIR, "production", "prod-0.9.0", older[:19]],
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row[4]) for row in rows[1:])
    compared = said["i promote_diff --to staging"]
    assert f"{DIR}  prod-1.0.0 ({newer[:19]})  prod-1.0.0 ({newer[:19]})  the same" in compared
    compared = said["i promote_diff --to production --base integration"]
    assert re.search(r"^replicas +\(none\) +3$", compared, re.MULTILINE)
    assert "abc1" not in compared
    head = git(shop.repo.root, "rev-parse", "HEAD")
    moved = said["i promote_tag --environment staging"]
    assert f"the tag staging of origin: nothing -> {head[:12]}" in moved
    assert git(origin, "rev-parse", "refs/tags/staging") == head
    assert [shop.runs(name) for name in NAMES] == [newer, older, newer]
    again = invoke("promote_back", "--to", "staging", "--dir", DIR)
    assert (again.status, "is the first that runs there" in again.stderr) == (2, True)

    ran = (shop.repo.root / "tmp.ran").read_text()
    assert ran == f"--dir {DIR} --suite all --no-reuse -- tests/acceptance\n"


# Tests need an engine, and have their own tests.
_STAND_IN = """\
#!/usr/bin/env python3
import pathlib, sys
pathlib.Path(__file__).with_name("tmp.ran").write_text(" ".join(sys.argv[1:]) + "\\n")
"""
_SMOKE = """\
import os
assert os.environ["PROMOTE_ENVIRONMENT"] == "staging"
assert "/team/forecast@sha256:" in os.environ["PROMOTE_IMAGE"]
assert open(os.environ["PROMOTE_VALUES"]).read() == "replicas: 1\\n"
"""


@pytest.mark.superslow
def test_a_promotion_that_is_killed_anywhere_is_ended_by_the_same_command(
    tmp_path: Path, registry: Registry, start_registry: StartRegistry
) -> None:
    second = start_registry(for_engine=False)
    command = [sys.executable, "-m", "tests.promotion_kills", str(tmp_path)]
    done = run([*command, registry.address, second.address], cwd=TOOLCHAIN_ROOT, timeout=120)
    within, back, copied = map(int, done.stdout.split())
    assert within <= 8 >= back
    assert copied > 15


def test_what_may_not_run_there_is_refused_with_what_helps(shop: Shop) -> None:
    first, second = (shop.release(f"prod-1.{number}.0", "prod") for number in range(2))
    refused = _refused(lambda: shop.promote("staging"))
    assert refused.what == "integration runs nothing, and staging takes what passed there"
    assert refused.fix == f"i promote --to integration --dir {DIR}"
    shop.promote("integration", version="1.0.0")
    refused = _refused(lambda: shop.promote("staging"))
    assert refused.what == f"no statement says that prod-1.0.0 ({first[:19]}) passed in integration"
    assert refused.fix == f"i promote_accept --environment integration --dir {DIR}"
    write_files(shop.repo.root, {f"{DIR}/tests/acceptance/test_it.py": ""})
    run_them = _refused(lambda: shop.promote("staging")).fix
    assert run_them == f"{refused.fix} --tests tests/acceptance"
    shop.accept("integration")
    shop.promote("staging")
    shop.accept("staging")
    shop.promote("integration")
    assert shop.runs("integration") == second
    refused = _refused(lambda: shop.promote("staging", version="1.1.0"))
    assert "no statement says that prod-1.1.0" in refused.what
    refused = _refused(lambda: shop.promote("production", version="1.1.0"))
    assert refused.what == "prod-1.1.0 never ran in staging"
    assert refused.fix == f"i promote --to staging --dir {DIR} --version prod-1.1.0"
    shop.accept("integration")
    shop.promote("staging")
    shop.promote("staging", version="1.0.0")  # accepted in integration, if earlier
    refused = _refused(lambda: shop.promote("production", digest=second))
    assert refused.what.startswith("staging runs prod-1.0.0, not prod-1.1.0: production takes")
    assert f"staging: {first}, promoted by ann@here, 20" in refused.where
    assert f"asked for: {second}" in refused.where
    assert refused.fix.startswith(f"i promote_diff --to production --dir {DIR} ")
    shop.promote("production", version="prod-1.0.0")
    assert shop.runs("production") == first


def test_what_is_not_released_enters_nothing(shop: Shop) -> None:
    refused = _refused(lambda: shop.promote("integration"))
    assert (refused.what.endswith("has no prod"), refused.where) == (True, "it has: none")
    shop.release("prod-1.0.0", "prod")
    absent = f"sha256:{'0' * 64}"
    candidate = shop.release("prod-ann-0123456789")
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"digest": absent}, "has no such digest"),
        ({"digest": candidate}, "this image was not released"),
        ({"digest": "sha256:12"}, "is not a digest"),
        ({"version": "1.2.0"}, "has no prod-1.2.0"),
        ({"version": "newest"}, "'newest' is not a version"),
    ]
    for asked, what in wrong:
        refused = _refused(partial(shop.promote, "integration", **asked))
        assert what in refused.what
        assert refused.fix
    shop.promote("integration")
    refused = _refused(lambda: shop.promote("staging", digest=absent))
    assert "has no such digest" in refused.what
    # Somebody tags by hand: it runs there, but nobody promoted it.
    shop.release("integration")
    refused = _refused(lambda: shop.accept("integration"))
    assert refused.what.startswith("what integration runs was not promoted to it: there is noth")
    assert refused.fix == f"i promote --to integration --dir {DIR}"
    shop.promote("integration")
    shop.accept("integration")


def test_what_was_accepted_before_is_looked_at_again_where_something_is_to_pass(
    shop: Shop,
) -> None:
    shop.release("prod-1.0.0", "prod")
    shop.promote("integration")
    shop.accept("integration")
    typed = partial(_typing(shop), "promote_accept", "--environment", "integration", "--dir", DIR)
    again = typed()
    assert (again.status, "tester@" in again.stdout) == (0, True)
    assert re.search(r"stated it already, \d{4}-\d\d-\d\d \d\d:\d\d$", again.stdout)
    ran = shop.repo.root / "tmp.ran"
    passes = typed("--", "touch", str(ran))
    assert (passes.status, ran.exists()) == (0, True)
    assert "passed; prod-1.0.0" in passes.stdout
    fails = typed("--", "false")
    assert fails.status == 2
    assert "the command ended with 1, and the earlier statement stands: prod-1.0.0" in fails.stderr
    assert "promote_back --to integration" in fails.stderr
    absent = typed("--tests", "tests/acceptance")
    assert (absent.status, "has no tests in tests/acceptance" in absent.stderr) == (2, True)
    shop.promote("staging")


def test_a_tag_that_was_moved_back_by_hand_is_said_and_not_accepted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.model.environments.Record.is_open", lambda *_: False)
    older, newer = (shop.release(f"prod-1.{number}.0", "prod") for number in range(2))
    repository = shop.repository()
    index = read_index(repository, older)
    assert index

    def move_by_hand() -> Standing:
        repository.put_manifest(index.content, index.descriptor.media_type, "integration")
        return read_standing([shop.places()])[0]

    for digest in (older, newer):
        shop.promote("integration", digest=digest)
    # Nothing says whether the last promotion ended.
    half = move_by_hand()
    assert half.now
    assert (half.now.tag, half.wanted and half.wanted.digest) == ("prod-1.0.0", newer)
    assert half.keep == f"i promote --to integration --dir {DIR} --digest {older}"
    assert "was to follow" in _refused(lambda: shop.accept("integration")).what
    shop.promote("integration", digest=older)
    assert read_standing([shop.places()])[0].wanted is None
    shop.accept("integration")
    # Here it was accepted since, so it did.
    shop.promote("integration", digest=newer)
    shop.accept("integration")
    by_hand = move_by_hand()
    assert by_hand.now
    assert (by_hand.now.tag, by_hand.now.when, by_hand.wanted) == ("prod-1.0.0", "", None)
    assert "was not promoted to it" in _refused(lambda: shop.accept("integration")).what
    shop.promote("integration", digest=newer)
    moved = [older, older, newer, older, newer]
    assert [digest for digest, _ in shop.moves("integration")] == moved


def test_a_dir_without_a_production_image_is_told_so(shop: Shop) -> None:
    make_runnable_dir(shop.repo, "libs/words")
    make_runnable_dir(shop.repo, ".")
    for dir, command in (
        ("libs/words", ("promote", "--to", "staging")),
        (".", ("promote", "--to", "integration")),
        (".", ("promote_accept", "--environment", "integration")),
    ):
        done = _typing(shop)(*command, "--dir", dir)
        assert (done.status, "has no production image to promote" in done.stderr) == (2, True)


def test_code_that_is_released_is_promoted_by_its_own_version(
    tmp_path: Path, registry: Registry
) -> None:
    shop = make_shop(tmp_path / "repo", registry, "release: {}\nenvironments: [live]\n")
    refused = _refused(lambda: shop.promote("live"))
    assert (refused.what, refused.fix) == (
        "no code of forecast was released",
        f"i release --dir {DIR}   (nothing was released yet)",
    )
    older, newest = shop.release("v1.9.0"), shop.release("v1.10.0")
    shop.release("prod-3.0.0", "prod")
    assert shop.promote("live").wanted.tag == "v1.10.0"
    shop.promote("live", version="1.9.0")
    assert shop.runs("live") == older
    shop.promote("live", digest=newest)
    assert shop.runs("live") == newest
    refused = _refused(lambda: shop.promote("live", version="3.0.0"))
    assert refused.where == "it has: v1.10.0, v1.9.0, prod-3.0.0"


def test_of_two_at_once_one_stops_and_says_who_was_faster(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (shop.release(f"prod-1.{number}.0") for number in range(3))
    shop.promote("integration", digest=first)
    read = read_record

    def read_late(place: object) -> object:
        """Between the two, somebody who found it free as well writes the record, and dies."""
        monkeypatch.setattr(carry_out, "read_record", read)
        monkeypatch.setattr(carry_out, "put_tag", lambda *_: _die())
        with pytest.raises(KeyboardInterrupt):
            shop.promote("integration", digest=third, owner=BOB)
        return read(place)  # type: ignore[arg-type]

    # Both in one checkout, where one would wait for the other.
    monkeypatch.setattr(carry_out, "Lease", lambda *_, **__: nullcontext())
    monkeypatch.setattr(carry_out, "read_record", read_late)
    monkeypatch.setattr("helpers.release.promotion.plan._check_free", lambda *_: None)
    refused = _refused(lambda: shop.promote("integration", digest=second))
    assert refused.what == f"bob@there promotes prod-1.2.0 ({third[:19]}) to integration"
    assert shop.runs("integration") == first


def test_one_that_was_slow_to_write_the_record_finds_that_the_other_is_done(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (shop.release(f"prod-1.{number}.0") for number in range(3))
    shop.promote("integration", digest=first)
    write = write_record

    def write_late(place: Place, record: Record, *, again: bool) -> None:
        """Before it is written, somebody who found it free as well promotes."""
        monkeypatch.setattr(carry_out, "write_record", write)
        shop.promote("integration", digest=third, owner=BOB)
        write(place, record, again=again)

    # Both in one checkout, where one would wait for the other.
    monkeypatch.setattr(carry_out, "Lease", lambda *_, **__: nullcontext())
    monkeypatch.setattr(carry_out, "write_record", write_late)
    monkeypatch.setattr(settling, "is_late", lambda _: True)
    refused = _refused(lambda: shop.promote("integration", digest=second))
    assert refused.what == "somebody promoted to integration while the record was written"
    assert shop.runs("integration") == third
    shop.promote("integration", digest=second)
    assert shop.runs("integration") == second


def test_one_that_ends_between_two_reads_does_not_look_like_one_under_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (shop.release(f"prod-1.{number}.0") for number in range(3))
    shop.promote("integration", digest=first)
    named = plan.named_digest

    def just_before(place: Place) -> str:
        """Once the tag was read, somebody else promotes from the first step to the last."""
        monkeypatch.setattr(plan, "named_digest", named)
        found = named(place)
        shop.promote("integration", digest=third, owner=BOB)
        return found

    # Both in one checkout, where one would wait for the other.
    monkeypatch.setattr(carry_out, "Lease", lambda *_, **__: nullcontext())
    monkeypatch.setattr(plan, "named_digest", just_before)
    shop.promote("integration", digest=second)
    assert shop.runs("integration") == second
    assert [digest for digest, _ in shop.moves("integration")] == [first, third, second]


def test_what_another_checkout_left_is_taken_over_in_time_and_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (shop.release(f"prod-1.{number}.0") for number in range(2))
    shop.promote("integration", digest=first)
    with monkeypatch.context() as dying:
        dying.setattr(carry_out, "put_tag", lambda *_: _die())
        with pytest.raises(KeyboardInterrupt):
            shop.promote("integration", digest=second, owner=BOB)
    refused = _refused(lambda: shop.promote("integration", digest=second))
    assert refused.what == f"bob@there promotes prod-1.1.0 ({second[:19]}) to integration"
    assert "until 20" in refused.where
    assert _refused(lambda: shop.back("integration")).what == refused.what
    status = _typing(shop)("promote_status").stdout
    assert f"half promoted: {DIR} in integration, prod-1.1.0" in status
    (finish,) = re.findall("finish it: i (.*)", status)
    monkeypatch.setattr("helpers.model.environments.Record.is_open", lambda *_: False)
    # The command that was printed, once the time is over.
    assert finish == f"promote --to integration --dir {DIR} --digest {second}"
    shop.promote("integration", digest=second)
    assert shop.moves("integration") == [(first, False), (second, False)]
    assert "half promoted" not in _typing(shop)("promote_status").stdout


def test_what_passes_is_waited_for_and_a_refusal_moves_nothing(
    shop: Shop, proxy: FaultyProxy
) -> None:
    first, second = (shop.release(f"prod-1.{number}.0") for number in range(2))
    for fault in (
        Fault("PUT .*/manifests/", lose_answer=True),
        Fault("GET ", cut_answer=10),
        Fault("(GET|PUT) ", status=500),
        Fault("HEAD ", drop=True),
    ):
        proxy.fail(fault)
    shop.promote("integration", digest=first)
    proxy.clear()
    moves = shop.moves("integration")
    for path in ("manifests/integration.history$", "manifests/integration$"):
        proxy.fail(Fault(f"PUT .*/{path}", times=100, status=403))
        assert "needs a login" in _refused(lambda: shop.promote("integration", digest=second)).what
        assert shop.runs("integration") == first
        proxy.clear()
    changed = {"Docker-Content-Digest": f"sha256:{'1' * 64}"}
    proxy.fail(Fault("PUT .*/manifests/integration$", status=201, headers=changed))
    refused = _refused(lambda: shop.promote("integration", digest=second))
    assert "stored a changed manifest" in refused.what
    # It says yes, and does nothing.
    proxy.fail(Fault("PUT .*/manifests/integration$", status=201))
    refused = _refused(lambda: shop.promote("integration", digest=second))
    assert "does not point at what was pushed" in refused.what
    shop.promote("integration", digest=second)
    assert shop.moves("integration") == [*moves, (second, False)]


def test_another_registry_gets_the_same_digest_or_nothing(
    tmp_path: Path, start_registry: StartRegistry
) -> None:
    own, second = (start_registry(for_engine=False) for _ in range(2))
    with FaultyProxy(own) as near, FaultyProxy(second) as far:
        config = (
            f"registries:\n  near: {near.address}/company\n  far: {far.address}/team\n"
            "environments:\n  - {name: near, registry: near}\n  - {name: far, registry: far}\n"
        )
        shop = make_shop(tmp_path / "repo", own, config, address=near.address)
        digest = shop.release("prod-1.0.0", "prod", layers=[b"one" * 10_000, b"two" * 10_000])
        shop.promote("near")
        assert near.count("GET .*/blobs/") == 0, "within one registry layers are mounted"
        shop.accept("near")
        changed = {"Docker-Content-Digest": f"sha256:{'1' * 64}"}
        far.fail(Fault("PUT .*/manifests/sha256", status=201, headers=changed))
        assert "changed manifest" in _refused(lambda: shop.promote("far")).what
        there = shop.repository(registry=second)
        assert shop.runs("far", there) == ""
        near.fail(Fault("GET .*/blobs/", cut_answer=100))
        shop.promote("far")
        assert shop.runs("far", there) == digest
        assert shop.runs("near", shop.repository("company")) == digest
        index = read_index(there, digest)
        image = read_index(there, index.entries[0].digest) if index else None
        layers = image.layers if image else ()
        assert [there.blob(layer) for layer in layers] == [b"one" * 10_000, b"two" * 10_000]
        # What is there is not sent again.
        sent = far.count("PUT .*/blobs/")
        there.delete("far")
        shop.promote("far")
        assert shop.runs("far", there) == digest
        assert far.count("PUT .*/blobs/") == sent


def test_what_was_promoted_already_is_said_once(shop: Shop) -> None:
    shop.release("prod-1.0.0", "prod")
    typed = partial(_typing(shop), "promote", "--to", "integration", "--dir", DIR)
    moved, kept = typed(), typed()
    assert "note prod-1.0.0" in moved.stderr
    assert (kept.stdout + kept.stderr).count("nothing moved") == 1
    assert "nothing moved" in kept.stdout


def test_a_repo_without_environments_and_unknown_ones_are_told_what_to_write(
    tmp_path: Path, registry: Registry
) -> None:
    invoke = _typing(make_shop(tmp_path / "none", registry, ""))
    for command in (("promote", "--to", "staging"), ("promote_status",)):
        done = invoke(*command, "--dir", DIR)
        assert (done.status, "the repo names no environments" in done.stderr) == (2, True)
        assert "add a line such as  environments: [integration, staging" in done.stderr
    invoke = _typing(make_shop(tmp_path / "some", registry))
    for command, fix in (
        (("promote", "--to", "stagin"), "--to staging"),
        (("promote_back", "--to", "stagin"), "--to staging"),
        (("promote_diff", "--to", "integration"), "--base production"),
        (("promote_accept", "--environment", "prodution"), "--environment production"),
    ):
        done = invoke(*command, "--dir", DIR)
        assert (done.status, f"fix:   {fix}\n" in done.stderr) == (2, True), done.stderr
    done = invoke("promote", "--to", "staging", "--dir", "apps/forcast")
    assert (done.status, "there is no directory 'apps/forcast'" in done.stderr) == (2, True)


def test_a_branch_says_which_release_of_code_runs(
    tmp_path: Path, registry: Registry, proxy: FaultyProxy
) -> None:
    config = f"{THREE}release: {{}}\n"
    shop = make_shop(tmp_path / "repo", registry, config, address=proxy.address)
    origin = add_origin(shop.repo.root)
    typed = partial(_typing(shop), "promote", "--to", "integration", "--all", "--this-commit")
    none = typed()
    assert none.status == 2
    assert f"{DIR}: the history of this commit has no release of it" in none.stderr
    older = shop.release("v1.0.0")
    git(shop.repo.root, "tag", "forecast-v1.0.0")
    write_files(shop.repo.root, {f"{DIR}/more.py": ""})
    commit_all(shop.repo.root, "feat: more")
    newer = shop.release("v1.1.0")
    git(shop.repo.root, "tag", "forecast-v1.1.0")
    git(shop.repo.root, "push", "--quiet", "origin", "HEAD", "--tags")
    assert typed().status == 0
    assert shop.runs("integration") == newer
    # Of an earlier commit it is the earlier release, and the tag follows it.
    tag = ("promote_tag", "--environment", "integration")
    for name, digest in (("forecast-v1.1.0", newer), ("forecast-v1.0.0", older)):
        git(shop.repo.root, "checkout", "--quiet", name)
        assert typed().status == 0
        assert shop.runs("integration") == digest
        assert _typing(shop)(*tag).status == 0
        commit = git(shop.repo.root, "rev-parse", name)
        assert git(origin, "rev-parse", "refs/tags/integration") == commit
    again = _typing(shop)(*tag)
    assert again.stdout.startswith("the tag integration of origin is at")
    both = typed("--version", "1.0.0")
    assert "--this-commit and --version exclude each other" in both.stderr
    unaccepted = _typing(shop)(
        "promote_accept", "--environment", "integration", "--all", "--tests", "tests/acceptance"
    )
    assert unaccepted.status == 2
    assert f"{DIR} has no tests in tests/acceptance, so nothing was accepted" in unaccepted.stderr
