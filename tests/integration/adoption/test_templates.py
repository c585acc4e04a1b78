"""Dirs made from templates and updated, as their users type it; copier is real, no engine."""

import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from helpers.adoption.from_template.deploying import TEMPLATE
from helpers.adoption.from_template.source import FOLDER, template_names
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files
from tests.made_once import made_once
from tests.toolchains import copy_toolchain, invoke_command

pytestmark = pytest.mark.slow

_TOOLCHAIN = "tool chain"
_NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@dataclass(frozen=True)
class Adopter:
    """A scratch repo, and a copy of this toolchain whose templates a test may change."""

    root: Path
    toolchain: Path

    def command(self) -> list[str]:
        """What `i` stands for."""
        return invoke_command(self.toolchain)

    def invoke(self, *args: str) -> ProcessResult:
        """`i`, as typed at the repo's root, where no engine answers."""
        return run([*self.command(), *args], cwd=self.root, env=_NO_ENGINE, check=False)

    def create(self, name: str, template: str = "library") -> None:
        """Make a dir, and commit it."""
        made = self.invoke("runnable_dir_create", "--dir", name, "--template", template, "--yes")
        assert made.status == 0, made.stderr
        commit_all(self.root)

    def change_template(self, files: dict[str, tuple[str, str]]) -> str:
        """Replace a text by another in files of the templates; the toolchain's new commit."""
        for name, (old, new) in files.items():
            path = self.toolchain / FOLDER / name
            text = path.read_text() if path.exists() else ""
            assert old in text
            write_files(path.parent, {path.name: text.replace(old, new) if old else new})
        return commit_all(self.toolchain)

    def read(self, name: str) -> str:
        """A file of the repo."""
        return (self.root / name).read_text()


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this toolchain, as it stands in the work tree."""
    folder = made_once(tmp_path_factory, "copied", lambda made: copy_toolchain(made / _TOOLCHAIN))
    return folder / _TOOLCHAIN


@pytest.fixture(scope="session")
def forecasting(tmp_path_factory: pytest.TempPathFactory, copied: Path) -> Path:
    """The root of a repo with a dir that the template of libraries made, at `apps/forecast`."""

    def make(folder: Path) -> None:
        Adopter(make_repo(folder / "repo").root, copied).create("apps/forecast")

    return made_once(tmp_path_factory, "forecasting", make) / "repo"


@pytest.fixture
def adopter(tmp_path: Path, copied: Path) -> Adopter:
    """A repo without dirs, and a toolchain that nobody changes."""
    return Adopter(make_repo(tmp_path / "my repo").root, copied)


@pytest.fixture
def forecaster(tmp_path: Path, copied: Path, forecasting: Path) -> Adopter:
    """A repo with `apps/forecast`, and a toolchain that nobody changes."""
    return Adopter(_copy(forecasting, tmp_path / "my repo"), copied)


@pytest.fixture
def own_toolchain(tmp_path: Path, copied: Path) -> Path:
    """A toolchain whose templates a test may change."""
    git(tmp_path, "clone", "--quiet", str(copied), str(tmp_path / _TOOLCHAIN))
    return tmp_path / _TOOLCHAIN


@pytest.fixture
def owner(tmp_path: Path, own_toolchain: Path) -> Adopter:
    """A repo without dirs, and a toolchain of its own."""
    return Adopter(make_repo(tmp_path / "my repo").root, own_toolchain)


@pytest.fixture
def updater(tmp_path: Path, own_toolchain: Path, forecasting: Path) -> Adopter:
    """A repo with `apps/forecast`, and a toolchain of its own, of the commit that made it."""
    return Adopter(_copy(forecasting, tmp_path / "my repo"), own_toolchain)


def _copy(repo: Path, place: Path) -> Path:
    return Path(shutil.copytree(repo, place, symlinks=True))


# What has code of its own, and needs nothing around it.
_TEMPLATES = [name for name in template_names(TOOLCHAIN_ROOT) if name != TEMPLATE]
_SLUGS = "library/{{ package }}/slugs.py.jinja"
_LONGEST = ("longest: int = 60", "longest: int = 80")


@pytest.fixture(scope="session")
def every(tmp_path_factory: pytest.TempPathFactory, copied: Path) -> Path:
    """The root of a repo with a dir of every template, at `apps/<template>`."""

    def make(folder: Path) -> None:
        made = Adopter(make_repo(folder / "repo").root, copied)
        for template in _TEMPLATES:
            made.create(f"apps/{template}", template)

    return made_once(tmp_path_factory, "every", make) / "repo"


def _check(folder: Path, *command: str) -> None:
    done = run([sys.executable, "-m", *command], cwd=folder, check=False)
    assert done.status == 0, done.stdout


@pytest.mark.superslow
def test_the_code_of_every_template_satisfies_ruff(every: Path) -> None:
    settings = f"--config={TOOLCHAIN_ROOT / 'pyproject.toml'}"
    # Commands print, and dummy data is drawn from a seed; what is excused, ruff's own rules ask.
    _check(every, "ruff", "check", "--ignore=T201,S311,RUF100", settings, "apps")
    # Their repos have ruff's own line length, unless they choose another.
    for rules in ("check", "format --check"):
        _check(every, "ruff", *rules.split(), "--isolated", "apps")


@pytest.mark.parametrize("template", _TEMPLATES)
def test_the_code_of_every_template_satisfies_mypy(
    every: Path, tmp_path_factory: pytest.TempPathFactory, template: str
) -> None:
    # What these depend on is not where this test runs, or without types.
    codes = {"notebook": ["import-not-found"], "ml": ["import-not-found", "import-untyped"]}
    missing = [f"--disable-error-code={code}" for code in codes.get(template, [])]
    # What the standard library's types say is read once for all of them.
    cache = f"--cache-dir={tmp_path_factory.getbasetemp() / 'mypy'}"
    strict = ["mypy", "--strict", "--explicit-package-bases", cache, *missing]
    _check(every / "apps" / template, *strict, ".")


@pytest.mark.parametrize("template", [name for name in _TEMPLATES if name != "ml"])
def test_a_dir_has_four_files_of_the_toolchains_beside_its_own(every: Path, template: str) -> None:
    files = git(every / "apps" / template, "ls-files").splitlines()
    rest = {name for name in files if not name.startswith((f"{template}/", "tests/"))}
    toolchains = rest - {"pyproject.toml", "notebook.ipynb"}
    assert len(toolchains) == 4, toolchains


def test_answers_name_the_template_and_its_commit_and_no_path_of_the_machine(
    adopter: Adopter,
) -> None:
    adopter.create("apps/forecast", "service")
    answers = adopter.read("apps/forecast/.copier-answers.yml")
    assert f"_commit: {git(adopter.toolchain, 'rev-parse', 'HEAD')}\n" in answers
    assert f"_src_path: {FOLDER}/service\n" in answers
    assert str(adopter.root.parent) not in answers


def test_names_come_from_the_dirs_and_hide_nothing(forecaster: Adopter) -> None:
    forecaster.create("research/forecast")
    forecaster.create("apps/calendar")
    forecaster.create("apps/2nd Try")
    heading = "changelog.txt"
    assert forecaster.read(f"research/forecast/{heading}").startswith("# research_forecast-1.0.0\n")
    assert (forecaster.root / "apps/calendar/calendar_library/__init__.py").is_file()
    assert forecaster.read(f"apps/2nd Try/{heading}").startswith("# 2nd_try-1.0.0\n")
    assert (forecaster.root / "apps/2nd Try/library_2nd_try/slugs.py").is_file()


def test_answers_that_are_given_hold(adopter: Adopter) -> None:
    given = ["--data", "image_name=sun", "--data", "package=rain", "--data", "description=It's so."]
    assert adopter.invoke("runnable_dir_create", "--dir", "a", *given).status == 0
    assert adopter.read("a/changelog.txt").startswith("# sun-1.0.0\n")
    assert adopter.read("a/rain/__init__.py") == '"""It\'s so."""\n'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("image_name=Sun", "image_name"),
        ("image_name=taken", "is that of taken"),
        ("package=sun-rise", "--data package=sun_rise"),
        ("package=json", "hide"),
        ("package=class", "keyword"),
        ('description=say "hello"', "description"),
        ("description=two\nlines", "description"),
        ("colour=red", "image_name, package, description"),
        ("red", "is not <question>=<answer>"),
    ],
)
def test_answers_that_cannot_be_are_refused(adopter: Adopter, data: str, said: str) -> None:
    make_runnable_dir(make_repo(adopter.root), "taken")
    done = adopter.invoke("runnable_dir_create", "--dir", "new", "--data", data)
    assert done.status == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (adopter.root / "new").exists()


def test_a_dry_run_shows_the_files_and_writes_none(adopter: Adopter) -> None:
    done = adopter.invoke("runnable_dir_create", "--dir", "apps/forecast", "--dry-run")
    assert "+++ b/apps/forecast/changelog.txt\n" in done.stdout
    assert not (adopter.root / "apps").exists()
    assert git(adopter.root, "status", "--porcelain") == ""


def test_on_a_terminal_the_questions_are_asked(adopter: Adopter) -> None:
    typed = [*adopter.command(), "runnable_dir_create", "--dir", "apps/asked"]
    asked = pexpect.spawn(typed[0], typed[1:], cwd=str(adopter.root), encoding="utf-8", timeout=60)
    empty_the_line = "\x15"
    answers = (
        ("image", f"{empty_the_line}my-image"),
        *(("package", ""), ("one line", ""), ("locks", "")),
    )
    for question, answer in answers:
        asked.expect(question)
        asked.sendline(answer)
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 0
    kept = adopter.read("apps/asked/.copier-answers.yml")
    assert "image_name: my-image\nlock: poetry\npackage: asked\n" in kept


def test_a_dir_that_cannot_be_locked_is_made_and_says_how_it_is_locked(adopter: Adopter) -> None:
    words = ("runnable_dir_create", "--dir", "apps/by uv", "--data", "lock=uv", "--yes")
    made = adopter.invoke(*words)
    assert made.status == 2
    assert "error: apps/by uv is runnable, but its packages cannot be locked: " in made.stderr
    assert "; then  i dependency_lock --dir 'apps/by uv'" in made.stderr
    assert made.stderr.count("i dependency_lock") == 1
    assert (adopter.root / "apps/by uv/pyproject.toml").is_file()


def test_questions_that_are_not_answered_make_nothing(adopter: Adopter) -> None:
    typed = [*adopter.command(), "runnable_dir_create", "--dir", "apps/asked"]
    asked = pexpect.spawn(typed[0], typed[1:], cwd=str(adopter.root), encoding="utf-8", timeout=60)
    asked.expect("image")
    asked.sendintr()
    asked.expect("nothing was made")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 2
    assert not (adopter.root / "apps").exists()


def test_an_update_brings_what_the_template_gained_and_keeps_the_users_work(
    updater: Adopter,
) -> None:
    slugs = "apps/forecast/forecast/slugs.py"
    mine = updater.read(slugs).replace("Short names", "Shortest names")
    write_files(updater.root, {slugs: mine, "apps/forecast/forecast/mine.py": "MINE = 1\n"})
    (updater.root / "apps/forecast/tests/test_slugs.py").unlink()
    commit_all(updater.root)
    commit = updater.change_template(
        {
            _SLUGS: _LONGEST,
            "shared/{{ package }}/new.py.jinja": ("", '"""Of {{ package }}."""\n'),
            "library/tests/test_slugs.py.jinja": ("What becomes", "All that becomes"),
        }
    )
    done = updater.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert done.status == 0, done.stderr
    assert updater.read(slugs) == mine.replace(*_LONGEST)
    assert updater.read("apps/forecast/forecast/new.py") == '"""Of forecast."""\n'
    assert updater.read("apps/forecast/forecast/mine.py") == "MINE = 1\n"
    assert not (updater.root / "apps/forecast/tests/test_slugs.py").exists()
    assert f"_commit: {commit}\n" in updater.read("apps/forecast/.copier-answers.yml")
    commit_all(updater.root)
    again = updater.invoke("runnable_dir_update", "--all")
    assert again.stdout == "apps/forecast: up to date\n"
    assert git(updater.root, "status", "--porcelain") == ""


def test_lines_that_both_changed_are_shown_as_git_does_and_nothing_is_lost(
    updater: Adopter,
) -> None:
    slugs = "apps/forecast/forecast/slugs.py"
    write_files(updater.root, {slugs: updater.read(slugs).replace("= 60", "= 70")})
    commit_all(updater.root)
    updater.change_template({_SLUGS: _LONGEST})
    dry = updater.invoke("runnable_dir_update", "--dir", "apps/forecast", "--dry-run")
    assert git(updater.root, "status", "--porcelain") == ""
    done = updater.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert (dry.status, done.status) == (1, 1)
    assert f"conflict  {slugs}\n" in done.stdout
    line = "def slug(title: str, longest: int = {}) -> str:\n"
    assert (
        f"<<<<<<< before updating\n{line.format(70)}=======\n{line.format(80)}"
        ">>>>>>> after updating\n"
    ) in updater.read(slugs)


def test_an_update_is_refused_where_both_sides_of_an_earlier_one_stand(updater: Adopter) -> None:
    slugs = "apps/forecast/forecast/slugs.py"
    marked = f"<<<<<<< before updating\n=======\n>>>>>>> after updating\n{updater.read(slugs)}"
    write_files(updater.root, {slugs: marked})
    commit_all(updater.root)
    updater.change_template({_SLUGS: _LONGEST})
    done = updater.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert done.status == 2
    assert f"{slugs} holds both sides of an earlier update" in done.stderr
    assert git(updater.root, "status", "--porcelain") == ""


def test_work_that_is_not_committed_is_not_mixed_with_an_update(updater: Adopter) -> None:
    updater.create("apps/other")
    write_files(updater.root, {"apps/forecast/new.py": "work\n"})
    updater.change_template({_SLUGS: _LONGEST})
    done = updater.invoke("runnable_dir_update", "--all")
    assert done.status == 2
    assert "apps/forecast has work that is not committed" in done.stderr
    assert "= 60" in updater.read("apps/forecast/forecast/slugs.py")
    # Work elsewhere is in nobody's way.
    assert "= 80" in updater.read("apps/other/other/slugs.py")


def test_the_changelog_is_the_users_and_so_is_a_lock_file_that_both_changed(
    owner: Adopter,
) -> None:
    owner.create("apps/forecast", "service")
    lock, changelog = "apps/forecast/poetry.lock", "apps/forecast/changelog.txt"
    mine = owner.read(lock).replace("content-hash = ", "content-hash = #")
    write_files(owner.root, {lock: mine, changelog: "# forecast-1.1.0\n- 2026-11-22\n- Mine\n"})
    commit_all(owner.root)
    owner.change_template(
        {
            "shared/poetry.lock": ("content-hash = ", "content-hash = 1#"),
            "shared/pyproject.base.jinja": ("(>=8.4,<10)", "(>=8.4,<11)"),
            "shared/changelog.txt.jinja": ("First version", "The first version"),
        }
    )
    done = owner.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert done.status == 0, done.stdout + done.stderr
    assert owner.read(lock) == mine
    assert owner.read(changelog) == "# forecast-1.1.0\n- 2026-11-22\n- Mine\n"
    assert '"pytest (>=8.4,<11)"' in owner.read("apps/forecast/pyproject.toml")
    assert "i dependency_lock --dir apps/forecast" in done.stdout


def test_a_lock_file_of_the_templates_is_updated_and_wants_a_new_version(
    updater: Adopter,
) -> None:
    updater.change_template({"shared/poetry.lock": ("content-hash = ", "content-hash = #")})
    done = updater.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert "content-hash = #" in updater.read("apps/forecast/poetry.lock")
    assert "i docker_build_local_image --dir apps/forecast --bump minor" in done.stdout


def test_a_dir_that_was_renamed_is_updated_all_the_same(updater: Adopter) -> None:
    assert updater.invoke(
        *("runnable_dir_rename", "--dir", "apps/forecast", "--to", "models/weather")
    ).status == 0  # fmt: skip
    commit_all(updater.root)
    updater.change_template({_SLUGS: _LONGEST})
    assert updater.invoke("runnable_dir_update", "--all").status == 0
    assert "= 80" in updater.read("models/weather/forecast/slugs.py")
    assert updater.read("models/weather/changelog.txt").startswith("# weather-1.0.0\n")


def test_templates_that_the_toolchain_has_not_committed_are_used_and_told(
    owner: Adopter,
) -> None:
    path = owner.toolchain / FOLDER / _SLUGS
    path.write_text(path.read_text().replace(*_LONGEST))
    done = owner.invoke("runnable_dir_create", "--dir", "apps/forecast")
    assert "changes that are in none of its commits" in done.stderr
    commit_all(owner.root)
    before = owner.read("apps/forecast/forecast/slugs.py")
    commit_all(owner.toolchain)
    assert owner.invoke("runnable_dir_update", "--dir", "apps/forecast").status == 0
    assert owner.read("apps/forecast/forecast/slugs.py") == before


@pytest.mark.parametrize("line", ["_commit: --upload-pack=x", "_src_path: ../../other"])
def test_answers_that_were_meddled_with_are_refused(forecaster: Adopter, line: str) -> None:
    path = forecaster.root / "apps/forecast/.copier-answers.yml"
    key = line.partition(":")[0]
    kept = [one for one in path.read_text().splitlines() if not one.startswith(key)]
    path.write_text("\n".join([*kept, line, ""]))
    done = forecaster.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert done.status == 2
    assert f"no valid {key}" in done.stderr


def test_a_template_that_is_gone_is_named(owner: Adopter) -> None:
    owner.create("apps/forecast", "cli")
    git(owner.toolchain, "rm", "-r", "--quiet", f"{FOLDER}/cli")
    commit_all(owner.toolchain)
    done = owner.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert done.status == 2
    assert "has no template 'cli' any more" in done.stderr
    assert git(owner.root, "status", "--porcelain") == ""


def test_a_dir_that_no_template_made_is_told_apart(adopter: Adopter) -> None:
    make_runnable_dir(make_repo(adopter.root), "plain")
    done = adopter.invoke("runnable_dir_update", "--dir", "plain")
    assert done.status == 2
    assert "was not made from a template" in done.stderr
    assert adopter.invoke("runnable_dir_update", "--all").stdout == (
        "no dir was made from a template\n"
    )


def test_without_a_terminal_nothing_is_removed_unasked(forecaster: Adopter) -> None:
    done = forecaster.invoke("runnable_dir_remove", "--dir", "apps/forecast")
    assert done.status == 2
    assert "--yes" in done.stderr
    assert (forecaster.root / "apps/forecast").is_dir()
    dry = forecaster.invoke("runnable_dir_remove", "--dir", "apps/forecast", "--dry-run")
    assert "no engine answers" in dry.stdout
    assert (forecaster.root / "apps/forecast").is_dir()
    assert forecaster.invoke("runnable_dir_remove", "--dir", "apps/forecast", "--yes").status == 0
    assert not (forecaster.root / "apps").exists()


def test_a_dry_run_of_a_rename_shows_it_and_changes_nothing(forecaster: Adopter) -> None:
    done = forecaster.invoke(
        *("runnable_dir_rename", "--dir", "apps/forecast", "--to", "apps/rain", "--dry-run")
    )
    assert "+# rain-1.0.0\n" in done.stdout
    assert git(forecaster.root, "status", "--porcelain") == ""


def test_a_file_that_the_template_drops_stays_where_the_user_changed_it(updater: Adopter) -> None:
    mine, untouched = "apps/forecast/tests/test_slugs.py", "apps/forecast/forecast/slugs.py"
    write_files(
        updater.root, {mine: updater.read(mine).replace("What becomes", "All that becomes")}
    )
    commit_all(updater.root)
    before = updater.read(mine)
    git(updater.toolchain, "rm", "-r", "--quiet", f"{FOLDER}/library/tests", f"{FOLDER}/{_SLUGS}")
    commit_all(updater.toolchain)
    done = updater.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert updater.read(mine) == before, done.stdout + done.stderr
    assert f"{mine}: the template removed it" in done.stdout
    assert not (updater.root / untouched).exists()
    assert [path.name for path in updater.root.rglob("*.rej")] == []


def test_a_file_that_both_added_holds_what_both_wrote(updater: Adopter) -> None:
    new = "apps/forecast/forecast/new.py"
    write_files(updater.root, {new: "MINE = 1\n"})
    commit_all(updater.root)
    updater.change_template({"shared/{{ package }}/new.py.jinja": ("", "THEIRS = 1\n")})
    done = updater.invoke("runnable_dir_update", "--dir", "apps/forecast")
    assert "MINE = 1\n" in updater.read(new), done.stdout + done.stderr
    assert "THEIRS = 1\n" in updater.read(new)
    assert done.status == 1


_WORKSPACE = {
    "workspace.toml": '[tool.polylith]\nnamespace = "shop"\n[tool.polylith.structure]\n'
    'theme = "loose"\n',
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
    'dependencies = ["iniconfig>=2", "attrs>=24"]\n\n'
    '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
    "bases/shop/api/__init__.py": "",
    "bases/shop/api/core.py": "from shop import log\n\n\ndef main():\n    log.tell()\n",
    "components/shop/log/__init__.py": "import iniconfig\n\n\ndef tell(): ...\n",
    "components/shop/mail/__init__.py": "import attrs\n",
}


def test_a_project_deploys_a_base_with_what_it_imports(adopter: Adopter) -> None:
    write_files(adopter.root, _WORKSPACE)
    commit_all(adopter.root)
    create = ["runnable_dir_create", "--template", TEMPLATE, "--dir", "projects/api", "--yes"]
    refused = adopter.invoke(*create)
    assert refused.status == 2
    assert "--data base=shop.api" in refused.stderr
    assert not (adopter.root / "projects").exists()
    made = adopter.invoke(*create, "--data", "base=shop.api")
    assert made.status == 0, made.stderr
    assert "i dependency_lock --dir projects/api" in made.stdout
    found = tomllib.loads(adopter.read("projects/api/pyproject.toml"))
    assert found["project"]["dependencies"] == ["iniconfig>=2"]
    assert list(found["tool"]["polylith"]["bricks"].values()) == ["shop/api", "shop/log"]
    assert "from shop.api.core import main" in adopter.read("projects/api/devops/config.yaml")
    commit_all(adopter.root)
    updated = adopter.invoke("runnable_dir_update", "--dir", "projects/api")
    assert updated.stdout == "projects/api: up to date\n"
