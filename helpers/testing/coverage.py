"""Which lines the tests ran: read from each dir's data, merged over the dirs of a run."""

import importlib.metadata
import importlib.util
import io
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.model.results.coverage import FileCoverage, covered_share
from helpers.model.results.results import DirResult
from helpers.system.files import write_atomic

if TYPE_CHECKING:
    import coverage

# Where coverage looks for settings, in its order.
_SETTINGS = (".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml")
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

    with tempfile.TemporaryDirectory() as scratch:
        try:
            own = _own_options(root)
            whole = _with_whole_names(data, root, Path(scratch) / "data")
            measured = coverage.Coverage(data_file=str(whole), config_file=False)
            for option, value in own.items():
                measured.set_option(option, value)
            measured.load()
            files = sorted(measured.get_data().measured_files())
        except (CoverageException, OSError, ValueError) as error:
            raise HelpersError(
                f"what coverage measured cannot be read: {error}",
                where=str(data),
                fix="run the tests again",
            ) from error
        shown = [Path(name) for name in files if _is_shown(name, root, own)]
        return tuple(
            found
            for name in shown
            if name.is_relative_to(repo) and name.is_file()
            for found in _file_coverage(measured, name, repo)
        )


def _file_coverage(measured: "coverage.Coverage", name: Path, repo: Path) -> list[FileCoverage]:
    """Which lines of a file ran; none where it cannot be told."""
    from coverage.exceptions import CoverageException

    try:
        _, statements, _, missing, _ = measured.analysis2(str(name))
    except CoverageException:
        return []  # not Python, or of a newer version than the host's
    not_run = set(missing)
    executed = tuple(line for line in statements if line not in not_run)
    return [FileCoverage(name.relative_to(repo).as_posix(), executed, tuple(missing))]


def _with_whole_names(data: Path, root: Path, target: Path) -> Path:
    """The data with absolute names: those of `relative_files` begin at the dir.

    Args:
        target: where to write them, where they differ.
    """
    from coverage import CoverageData

    found = CoverageData(basename=str(data))
    found.read()
    if all(Path(name).is_absolute() for name in found.measured_files()):
        return data
    whole = CoverageData(basename=str(target))
    whole.update(found, map_path=lambda name: str(root / name))
    whole.write()
    return target


def _is_shown(name: str, root: Path, own: Mapping[str, list[str]]) -> bool:
    """Whether a dir's settings let a file count; patterns without a wildcard begin at the dir."""
    from coverage.files import GlobMatcher

    def matches(option: str) -> bool:
        patterns = own.get(option, [])
        whole = [item if item.startswith(("*", "?")) else str(root / item) for item in patterns]
        return bool(GlobMatcher([*patterns, *whole], option).match(name))

    included = "report:include" not in own or matches("report:include")
    return included and not matches("report:omit")


def coverage_package(folder: Path) -> Path:
    """An archive with our own coverage, for environments of any Python that have none.

    Args:
        folder: where it is kept for the next run.

    Raises:
        OSError: it cannot be written.
    """
    found = importlib.util.find_spec("coverage")
    assert found is not None, "the thin environment has it"
    assert found.origin is not None, "it is no namespace"
    source = Path(found.origin).parent
    archive = folder / f"coverage-{importlib.metadata.version('coverage')}.zip"
    if not archive.is_file():
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
            for path in sorted(source.glob("*.py")):
                written.write(path, f"coverage/{path.name}")
        write_atomic(archive, buffer.getvalue())
    return archive


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
    write_atomic(path, content, durable=False)


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
    """What a dir's settings say; they stand in the first file that says something of coverage."""
    from coverage.config import CoverageConfig

    for name in _SETTINGS:
        config = CoverageConfig()
        ours = name.startswith(".coveragerc")
        path = root / name
        if path.is_file() and config.from_file(str(path), lambda *_, **__: None, our_file=ours):
            config.post_process()
            found = {option: config.get_option(option) for option in _OPTIONS}
            return {key: value for key, value in found.items() if isinstance(value, list) and value}
    return {}
