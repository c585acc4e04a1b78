"""What python-semantic-release and commitizen make of the messages in our table of rules.

Where all of them see a release, they see the same one; each other row says who differs, and why.
"""

import json
from pathlib import Path

import pytest

from helpers.model.commits import read_message
from helpers.system.process import run
from tests.package_indexes import make_environment

pytestmark = pytest.mark.slow

_REQUIREMENTS = Path(__file__).parents[1] / "peer_requirements.txt"
# What each says of one commit of a package: major, minor, patch or none.
_SCRIPT = """
import json, sys
from commitizen.config.base_config import BaseConfig
from commitizen.cz.conventional_commits import ConventionalCommitsCz
from commitizen.version_increment import VersionIncrement
from git import Commit, Repo
from semantic_release.commit_parser import ConventionalCommitParser

rules, parser = ConventionalCommitsCz(BaseConfig()), ConventionalCommitParser()
repo, order = Repo.init(sys.argv[1]), ["none", "patch", "minor", "major"]
found = []
for message in json.load(sys.stdin):
    one = VersionIncrement.get_highest_by_messages([message], rules.bump_pattern, rules.bump_map)
    parsed = parser.parse(Commit(repo, bytes(20), message=message, parents=[]))
    every = parsed if isinstance(parsed, list) else [parsed]
    names = [str(getattr(item, "bump", "none")).replace("no_release", "none") for item in every]
    found.append([max(names, key=order.index), str(one).lower()])
print(json.dumps(found))
"""
_ID = "1234567890123456789012345678901234567890"
# Ours, that of python-semantic-release, that of commitizen.
_EQUAL = {
    "fix: round up": "patch",
    "feat: discounts": "minor",
    "feat(api): discounts": "minor",
    "feat(ui, api): discounts": "minor",
    "feat!: prices": "major",
    "refactor(api)!: prices": "major",
    "fix: a\n\nBREAKING CHANGE: b": "major",
    "fix: a\n\nBREAKING-CHANGE: b": "major",
    "fix: a\n\nwhy\n\nRefs: #1\nBREAKING CHANGE: b": "major",
    "fix: a\n\nbreaking change: b": "patch",
    "fix: a\n\nno BREAKING CHANGE: b": "patch",
    "feat: discounts (#12)\n\n* fix: a\n* feat!: b": "minor",
}
_DIFFERENT = {
    # Issue 15: anything else is a patch. For both it is no release.
    "docs: prices": ("patch", "none", "none"),
    "Discounts": ("patch", "none", "none"),
    f'Revert "feat: a"\n\nThis reverts commit {_ID}.': ("patch", "none", "none"),
    # Conventional Commits 15: a type is not told by its case.
    "Feat: discounts": ("minor", "none", "none"),
    # A forgotten blank; commitizen takes it as well.
    "feat:discounts": ("minor", "none", "minor"),
    # Conventional Commits 8: ` #` ends the word of a footer as well.
    "fix: a\n\nBREAKING CHANGE #12": ("major", "patch", "patch"),
    # No type, and still a breaking change; commitizen takes it as well.
    "Prices\n\nBREAKING CHANGE: b": ("major", "none", "major"),
    # Conventional Commits 12: a description must follow; commitizen asks for none.
    "fix: a\n\nBREAKING CHANGE:": ("patch", "patch", "major"),
    # commitizen looks at the start of the word alone; `i commit_check` refuses it.
    "feature: discounts": ("patch", "none", "minor"),
    # The titles that a squash lists: of git's python-semantic-release reads them, too.
    "Prices (#12)\n\n* fix: a\n\n* feat: b": ("minor", "none", "none"),
    "Squashed commit of the following:\n\ncommit 1\n\n    feat!: a\n": ("major", "major", "none"),
}


@pytest.mark.superslow
def test_peers_agree_or_the_difference_is_known(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "peers", _REQUIREMENTS)
    rows = {one: (part,) * 3 for one, part in _EQUAL.items()} | _DIFFERENT
    asked = json.dumps(list(rows))
    done = run([python, "-c", _SCRIPT, tmp_path / "repo"], stdin=asked, env={"NO_COLOR": "1"})
    theirs = json.loads(done.stdout.splitlines()[-1])
    found = {
        message: (str(read_message(message).reason.part), *others)
        for message, others in zip(rows, theirs, strict=True)
    }
    assert found == rows
