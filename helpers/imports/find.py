"""What is wrong between imports and declarations: decided from what was read, nothing is asked."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from helpers.imports.graph import Import, owner_of
from helpers.imports.image_modules import ImageModules
from helpers.imports.places import Place, is_test, module_file
from helpers.imports.source_lines import Guard, guards
from helpers.model.dataclass import dataclass
from helpers.model.packages.import_findings import Finding, FindingKind
from helpers.model.runnable_dir import dir_option, path_below

_PROJECT = "pyproject.toml"


@dataclass(slots=True)
class Known:
    """What the findings are decided from.

    Attributes:
        root: the repo's.
        places: all of the repo's, by their folders.
        roots: by dir that is checked, the places that it sees, itself first.
        images: by dir, the modules of its image.
        locked: by dir, the normalised names that its lock file holds.
        imports: of all places.
    """

    root: Path
    places: Mapping[str, Place]
    roots: Mapping[str, tuple[str, ...]]
    images: Mapping[str, ImageModules]
    locked: Mapping[str, frozenset[str]]
    imports: list[Import]
    _folders: dict[str, set[str]] = field(default_factory=dict)
    _owners: dict[str, dict[str, str]] = field(default_factory=dict)
    _users: dict[str, list[str]] = field(default_factory=dict)
    _packages: dict[tuple[str, str], tuple[tuple[str, ...], bool]] = field(default_factory=dict)

    def users(self, place: str) -> list[str]:
        """The checked dirs that see a place."""
        if place not in self._users:
            found = [name for name, roots in self.roots.items() if place in roots]
            self._users[place] = found
        return self._users[place]

    def owner(self, place: Place, module: str) -> str:
        """The place that a module imported in a place is of; empty: none of the repo's.

        Names may stand twice in a repo: the place's own count, then those that it declares, then
        those that the dirs see which use it, then one that is the only one of that name.
        """
        if place.folder not in self._owners:
            self._owners[place.folder] = self._owners_for(place)
        return owner_of(self._owners[place.folder], module)

    def packages(self, place: str, module: str) -> tuple[tuple[str, ...], bool]:
        """The packages that give a module in the images, and whether Python itself does."""
        key = place, module.partition(".")[0]
        if key not in self._packages:
            self._packages[key] = self._packages_for(*key)
        return self._packages[key]

    def file(self, module: str, place: Place) -> str:
        """The file of a module, relative to the repo's root."""
        return module_file(self.root, place, module)

    def _packages_for(self, place: str, top: str) -> tuple[tuple[str, ...], bool]:
        images = [self.images[name] for name in self.users(place) if name in self.images]
        found = sorted({name for one in images for name in one.packages.get(top, ())})
        standard = any(top in one.standard for one in images) or top == "__future__"
        return tuple(found), standard and not found

    def _owners_for(self, place: Place) -> dict[str, str]:
        visible = [root for name in self.users(place.folder) for root in self.roots[name]]
        found: dict[str, str] = {}
        if not self._folders:
            for folder, other in self.places.items():
                for module in other.modules:
                    self._folders.setdefault(module, set()).add(folder)
        for module, folders in self._folders.items():
            order = (*place.internal, *visible)
            nearest = next((one for one in order if one in folders), "")
            if place.folder in folders:
                found[module] = place.folder
            elif nearest or len(folders) == 1:
                found[module] = nearest or next(iter(folders))
        return found


@dataclass(frozen=True, slots=True)
class _Site:
    """An import outside tests; its file is read where it is a finding alone."""

    known: Known
    place: Place
    importer: str
    line: int
    module: str

    def found(self, kind: FindingKind, subject: str, what: str, fix: str) -> Finding:
        file = self.known.file(self.importer, self.place)
        guard = guards(self.known.root / file).get(self.line, Guard.NONE)
        types = guard is Guard.TYPES
        note = bool(guard)
        why = " (for type checkers alone)" if types else " (where it may be missing)" * note
        return Finding(self.place.folder, kind, file, self.line, subject, what + why, fix, note)


def find(known: Known) -> list[Finding]:
    """All findings, sorted; of one subject in one place the first, and no note beside a failure."""
    found: dict[tuple[str, str, str, str], Finding] = {}
    used: dict[str, set[str]] = {}
    for site in _sites(known):
        for one in _of_site(known, site, used):
            key = (one.place, one.kind, one.subject, one.fix)
            there = found.get(key)
            if there is None or (one.note, one.file, one.line) < (
                there.note,
                there.file,
                there.line,
            ):
                found[key] = one
    return sorted([*found.values(), *_unused(known, used)])


def _sites(known: Known) -> Iterator[_Site]:
    visible = {root for roots in known.roots.values() for root in roots}
    for one in known.imports:
        if one.place in visible and not is_test(f"{one.module.replace('.', '/')}.py"):
            yield _Site(known, known.places[one.place], one.module, one.line, one.imported)


def _of_site(known: Known, site: _Site, used: dict[str, set[str]]) -> Iterator[Finding]:
    place = site.place
    owner = known.owner(place, site.module)
    packages, standard = known.packages(place.folder, site.module)
    seen = used.setdefault(place.folder, set())
    declared_package = not owner or (
        owner not in place.internal and place.main and not place.main.isdisjoint(packages)
    )
    if owner and not declared_package:
        seen.add(owner)
        if owner != place.folder and not (standard and owner not in place.internal):
            yield from _of_internal(known, site, known.places[owner])
    elif not standard:
        seen.update(packages)
        yield from _of_package(known, site, packages)


def _of_internal(known: Known, site: _Site, other: Place) -> Iterator[Finding]:
    place = site.place
    if other.is_dir and not place.is_dir:
        yield site.found(
            FindingKind.IMPORTS_PROJECT,
            other.folder,
            f"{place.folder} is shared, and imports {site.module} of the project {other.folder}",
            f"move what both need into {place.folder}, or into a package of its own",
        )
    elif other.is_brick:
        for name in known.users(place.folder):
            if other.folder not in known.roots[name]:
                yield site.found(
                    FindingKind.MISSING_BRICK,
                    other.folder,
                    f"{place.folder} imports {site.module}, and {name} does not list the brick"
                    f" {other.folder}",
                    f"i package_check {dir_option(name)} --fix",
                )
    elif not place.is_brick and other.folder not in place.internal:
        yield site.found(
            FindingKind.UNDECLARED,
            other.folder,
            f"{place.folder} imports {site.module} of {other.folder}, which its main dependencies"
            " do not declare",
            f"i dependency_add --path {shlex.quote(other.folder)} {dir_option(place.folder)}"
            if place.is_dir
            else f"write it into {path_below(place.folder, _PROJECT)},"
            " then  i dependency_lock --all",
        )


def _of_package(known: Known, site: _Site, packages: tuple[str, ...]) -> Iterator[Finding]:
    place = site.place
    if place.is_brick:
        yield from _of_brick(known, site)
        return
    if place.main is None or not place.main.isdisjoint(packages):
        return
    named = " or ".join(packages)
    optional = next((place.optional[name] for name in packages if name in place.optional), "")
    if not packages:
        image = " and ".join(known.users(place.folder))
        what = f"imports {site.module}, which no package in the image of {image} gives"
    elif optional:
        what = f"imports {site.module} of {named}, which {optional} alone asks for"
    else:
        what = f"imports {site.module} of {named}, which its main dependencies do not declare"
    add = f"--package {shlex.quote(packages[0])}" if packages else "--package NAME"
    found = site.found(
        FindingKind.UNDECLARED,
        packages[0] if packages else site.module,
        f"{place.folder} {what}",
        f"i dependency_add {add} {dir_option(place.folder)}"
        if place.is_dir
        else f"write it into {path_below(place.folder, _PROJECT)}, then  i dependency_lock --all",
    )
    # Who installs the extra has it.
    yield _as_note(found) if optional.startswith(("the extra", "an extra")) else found


def _of_brick(known: Known, site: _Site) -> Iterator[Finding]:
    top = site.module.partition(".")[0]
    for name in known.users(site.place.folder):
        image = known.images.get(name)
        packages = image.packages.get(top, ()) if image else ()
        if packages and not known.locked[name].isdisjoint(packages):
            continue
        # Another dir's image may say what it is called.
        other = {one for each in known.images.values() for one in each.packages.get(top, ())}
        what = " or ".join(sorted({*packages, *other})) or f"the package that gives {top}"
        package = min({*packages, *other}, default="NAME")
        yield site.found(
            FindingKind.NOT_LOCKED,
            top,
            f"the brick {site.place.folder} needs {what}, which the lock of {name} lacks",
            f"i dependency_add --package {package} {dir_option(name)}",
        )


def _unused(known: Known, used: Mapping[str, set[str]]) -> Iterator[Finding]:
    """What is declared and never imported; what gives no module, such as stubs, is left out."""
    for folder, place in known.places.items():
        if place.is_brick or not place.modules or not known.users(folder):
            continue
        seen = used.get(folder, set())
        images = [known.images[name] for name in known.users(folder) if name in known.images]
        giving = {name for one in images for names in one.packages.values() for name in names}
        internal = {one for one in place.internal if one in known.places}
        unused = ((place.main or frozenset()) & giving) - seen
        bricks = {one for one in internal if known.places[one].is_brick}
        for subject in sorted(unused | (internal - bricks - seen)):
            yield Finding(
                folder,
                FindingKind.UNUSED,
                path_below(folder, _PROJECT),
                0,
                subject,
                f"{folder} declares {subject}, and its code outside tests never imports it",
                note=True,
            )


def _as_note(one: Finding) -> Finding:
    from dataclasses import replace

    return replace(one, note=True)
