"""Which lines the tests ran: read from each dir's data, merged over the dirs of a run."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from helpers.model.coverage import FileCoverage, covered_share
from helpers.model.errors import HelpersError
from helpers.model.results import DirResult
from helpers.system.files import write_atomic

# Where coverage looks for settings, in its order.
_SETTINGS = (".coveragerc", "setup.cfg", "tox.ini", "pyproject.toml")
# Of a dir's settings those that say which lines count; plugins are not loaded on the host.
_OPTIONS = ("report:exclude_lines", "report:exclude_also", "report:omit", "report:include")


def read_dir_coverage(data: Path, repo: Path, root: Path) -> tuple[FileCoverage, ...]:
    """Which lines of a repo's files ran, as one dir's tests noted it.

    Args:
        data: the file that coverage wrote.
        repo: the repo's root; files elsewhere are left out.
        root: the dir, whose settings say which lines count.

    Raises:
        HelpersError: the file is not whole.
    """
    # Imported here: it is heavy.
    import coverage
    from coverage.exceptions import CoverageException

    measured = coverage.Coverage(data_file=str(data), config_file=False)
    try:
        for option, value in _own_options(root).items():
            measured.set_option(option, value)
        measured.load()
        files = sorted(measured.get_data().measured_files())
    except CoverageException as error:
        raise HelpersError(
            f"what coverage measured cannot be read: {error}",
            where=str(data),
            mend="run the tests again",
        ) from error
    found = []
    for name in files:
        if not Path(name).is_relative_to(repo) or not Path(name).is_file():
            continue
        try:
            _, statements, _, missing, _ = measured.analysis2(name)
        except CoverageException:
            continue  # not Python, or of a newer version than the host's
        not_run = set(missing)
        executed = tuple(line for line in statements if line not in not_run)
        path = Path(name).relative_to(repo).as_posix()
        found.append(FileCoverage(path, executed, tuple(missing)))
    return tuple(found)


def merge_coverage(dirs: Iterable[DirResult]) -> tuple[FileCoverage, ...]:
    """The coverage of all dirs of a run: a line that ran in one of them ran."""
    executed: dict[str, set[int]] = {}
    missing: dict[str, set[int]] = {}
    for item in dirs:
        for file in item.coverage:
            executed.setdefault(file.path, set()).update(file.executed)
            missing.setdefault(file.path, set()).update(file.missing)
    return tuple(
        FileCoverage(path, tuple(sorted(ran)), tuple(sorted(missing[path] - ran)))
        for path, ran in sorted(executed.items())
    )


def write_coverage_xml(
    files: Sequence[FileCoverage], repo: Path, path: Path, now: datetime
) -> None:
    """Write merged coverage as Cobertura XML, which Jenkins, GitLab and others read.

    Schema: https://cobertura.sourceforge.net/xml/coverage-04.dtd

    Raises:
        OSError: it cannot be written.
    """
    root = ET.Element("coverage", _rates(files))
    root.set("version", "1")
    root.set("timestamp", str(int(now.timestamp() * 1000)))
    ET.SubElement(ET.SubElement(root, "sources"), "source").text = str(repo)
    packages = ET.SubElement(root, "packages")
    by_folder: dict[str, list[FileCoverage]] = {}
    for file in files:
        by_folder.setdefault(file.path.rpartition("/")[0] or ".", []).append(file)
    for folder, own in sorted(by_folder.items()):
        rates = _line_rate(own)
        name = folder.replace("/", ".")
        package = ET.SubElement(packages, "package", {"name": name, **rates})
        classes = ET.SubElement(package, "classes")
        for file in own:
            classes.append(_class(file))
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    write_atomic(path, content)


def _class(file: FileCoverage) -> ET.Element:
    name = file.path.rpartition("/")[2]
    found = ET.Element("class", {"name": name, "filename": file.path, **_line_rate([file])})
    ET.SubElement(found, "methods")
    lines = ET.SubElement(found, "lines")
    ran = set(file.executed)
    for number in sorted((*file.executed, *file.missing)):
        ET.SubElement(lines, "line", number=str(number), hits=str(int(number in ran)))
    return found


def _rates(files: Sequence[FileCoverage]) -> dict[str, str]:
    return {
        **_line_rate(files),
        "lines-covered": str(sum(len(file.executed) for file in files)),
        "lines-valid": str(sum(file.statements for file in files)),
        "branches-covered": "0",
        "branches-valid": "0",
    }


def _line_rate(files: Iterable[FileCoverage]) -> dict[str, str]:
    rate = f"{covered_share(files):.4g}"
    return {"line-rate": rate, "branch-rate": "0", "complexity": "0"}


def _own_options(root: Path) -> dict[str, list[str]]:
    from coverage.config import read_coverage_config

    for name in _SETTINGS:
        if (root / name).is_file():
            config = read_coverage_config(str(root / name), warn=lambda *_, **__: None)
            found = {option: config.get_option(option) for option in _OPTIONS}
            return {key: value for key, value in found.items() if isinstance(value, list) and value}
    return {}
