"""Decide what a release of a dir's code does: which parts the dir has, and what is left to do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from helpers.engine.containers import find_image
from helpers.forge.pages import find_page
from helpers.images.installing.access import open_access
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_notes import CodeNotes
from helpers.model.code_version import NextVersion
from helpers.model.descriptor import Descriptor
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.images.platform import variant
from helpers.model.names import digest_of
from helpers.model.packages.index import PackageIndex, choose_index
from helpers.model.repo import Repo
from helpers.model.runnable_dir import dir_config_name, dir_option, path_below
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.shell_words import quoted
from helpers.model.version import Part, Version
from helpers.registry.package_index import IndexClient
from helpers.release.check_versions import released_versions
from helpers.release.code_notes import find_notes, next_notes
from helpers.release.code_plan import CodeOptions, CodePlan, ReleasedWheel
from helpers.release.code_steps import LeaveOut, MakePage, TagCommit
from helpers.release.code_versions import read_releases
from helpers.release.lock import locked_tag
from helpers.release.owner import Releaser
from helpers.release.plan import ReleaseOptions, checkout_key, plan_release, platforms_of
from helpers.release.published_commit import read_published
from helpers.release.published_versions import code_tag, code_versions
from helpers.release.released_dirs import ReleasedDir
from helpers.release.step_kinds import ConfirmLocks, MoveTag, RenameImage, Step
from helpers.release.targets import ReleaseTarget, registries, targets_of
from helpers.release.versions_now import VersionsNow
from helpers.system.host import Host
from helpers.system.lease import WORKING_FOLDER
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.vcs.commit_log import remote_tags
from helpers.vcs.git import head
from helpers.vcs.refs import need_remote
from helpers.wheels.for_images import ImageWheels, Versions
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import is_package, plan_wheels

_FOLDER = "release_wheels"
# Letters of the hash in the name of a wheel's folder.
_LETTERS = 24


def meant(found: NextVersion, version: Version | None) -> NextVersion:
    """What a dir is released as, where the user says a version; without one nothing is to be done.

    Raises:
        HelpersError: it is older than the last one.
    """
    if version is None or version == found.version:
        return found
    if found.last and version < found.last.version:
        following = found.version or found.last.version.bumped(Part.PATCH)
        raise HelpersError(
            f"--version {version} is older than {found.last.name}, which is released",
            where=found.dir,
            fix=f"--version {following}",
        )
    again = found.last and version == found.last.version
    return replace(found, version=None if again else version, asked_by="", chosen=True)


def plan_code_release(
    releaser: Releaser,
    one: ReleasedDir,
    found: NextVersion,
    options: CodeOptions,
    inputs: RepoInputs,
) -> CodePlan:
    """Decide what a release does now.

    Args:
        releaser: of the dir's repo.
        found: what is released, with a version.
        inputs: those of the outermost repo.

    Raises:
        HelpersError: there is no remote, the settings name no such index, or what an image or a
            wheel is made from is malformed.
    """
    assert found.version, "there is something to release"
    repo, host, version = releaser.repo, releaser.host, found.version
    no_wheel, no_image, no_index = _lacks(repo, one, inputs)
    versions = _versions(releaser, one, str(version))
    kind = options.code or (CodeKind.COPY if no_wheel else CodeKind.WHEEL)
    wheel = None
    if not no_wheel and (not no_index or (not no_image and kind is CodeKind.WHEEL)):
        client = None if no_index else options.open_index(repo, _index(repo, one, options.index))
        wheel = _wheel(one, inputs, versions, client)
    wheels = ImageWheels(versions=versions, released=wheel.options.out if wheel else None)
    release = ReleaseOptions(
        Stage.PROD, suite=options.suite, code=kind, wheels=wheels, builders=options.builders
    )
    image = None if no_image else plan_release(repo, one.item, host, release, inputs)
    plain = _plain(releaser, one, found, options, inputs)
    left_out = {"the wheel": no_wheel, "the image": no_image}
    left_out["publishing the wheel"] = "" if no_wheel else no_index
    left = tuple(LeaveOut(part, reason) for part, reason in left_out.items() if reason)
    return replace(
        plain,
        addresses=image.addresses if image else {},
        builds=image.builds if image else (),
        tests=image.tests if image else (),
        options=release,
        renames=tuple(_renames(repo, host, one, version)) if image else (),
        notes=next_notes(repo.outermost, one, found),
        wheel=wheel,
        left_out=(*left, *plain.left_out),
        asked=options.version is not None,
    )


def plan_rest(
    releaser: Releaser,
    one: ReleasedDir,
    found: NextVersion,
    options: CodeOptions,
    inputs: RepoInputs,
) -> CodePlan | None:
    """What is left to do of the last release, where this commit has its tag; None: nothing.

    Of another commit nothing is done: a floating tag that people moved since then stays. What a
    release makes before its tag is made only for whoever names the version: a tag without that was
    made by hand.

    Raises:
        HelpersError: a registry, the remote or the forge refuses, or the tag was made by hand.
    """
    repo, last = releaser.repo, found.last
    if last is None or last.commit != head(repo.checkout).id:
        return None
    no_wheel, no_image, no_index = _lacks(repo, one, inputs)
    target = None if no_image else _target(releaser, one)
    image = target and target.repository.resolve(code_tag(last.version))
    lacking = [f"{target} has no {code_tag(last.version)}"] if target and not image else []
    if not no_wheel and not no_index:
        lacking += _lacking_wheel(repo, one, last.version, options, inputs)
    if lacking:
        if options.version == last.version:
            return _release_again(releaser, one, found, options, inputs)
        raise HelpersError(
            f"this commit is {last.name}, and {' and '.join(lacking)}: no release made that tag",
            where=one.name,
            fix=f"i release {dir_option(one.name)} --version {last.version}   (makes what lacks)",
        )
    plain = _plain(releaser, one, replace(found, version=last.version), options, inputs)
    only: list[Step] = []
    if last.name not in remote_tags(repo.checkout, plain.remote, [one.prefix]):
        only.append(TagCommit(plain.remote, last.name, last.commit))
    if plain.forge and find_page(plain.forge, last.name) is None:
        only.append(MakePage(plain.forge.place.project, last.name))
    if target and image:
        plain = replace(plain, addresses=registries(repo))
        moves = list(_moves(target, last.version, image, one.config.floating))
        only += [*plain.locks, ConfirmLocks(), *moves] if moves else []
        only += [
            step
            for step in _renames(repo, releaser.host, one, last.version)
            if find_image(releaser.client, step.reference)
        ]
    notes = find_notes(repo.outermost, one, inputs, last.version, releaser.listen)
    return replace(plain, notes=notes, only=tuple(only)) if only else None


def _lacking_wheel(
    repo: Repo, one: ReleasedDir, version: Version, options: CodeOptions, inputs: RepoInputs
) -> list[str]:
    index, package = _index(repo, one, options.index), inputs.name_of(one.name)
    there = released_versions(options.open_index(repo, index).files(package))
    return [] if version in there else [f"{index} has no {package} {version}"]


def _release_again(
    releaser: Releaser,
    one: ReleasedDir,
    found: NextVersion,
    options: CodeOptions,
    inputs: RepoInputs,
) -> CodePlan:
    """The whole release of the version whose tag is on this commit, as it was before the tag."""
    repo, last = releaser.repo, found.last
    assert last
    earlier = read_releases(repo.outermost, [one], releaser.listen)[one.name]
    if isinstance(earlier, HelpersError):
        raise earlier
    before = next((tag for tag in earlier if tag.version < last.version), None)
    whole = replace(found, version=last.version, last=before)
    made = plan_code_release(releaser, one, whole, options, inputs)
    return replace(
        made, notes=find_notes(repo.outermost, one, inputs, last.version, releaser.listen)
    )


def unfinished(releaser: Releaser, one: ReleasedDir, found: NextVersion) -> str:
    """The command that ends the last release where it was killed, and other commits came since."""
    repo, last = releaser.repo, found.last
    if last is None or not repo.config.registries or last.commit == head(repo.checkout).id:
        return ""
    target = _target(releaser, one)
    if locked_tag(target.repository, Stage.PROD) != code_tag(last.version):
        return ""
    return f"git switch --detach {quoted(last.name)} && i release {dir_option(one.name)}"


def _target(releaser: Releaser, one: ReleasedDir) -> ReleaseTarget:
    """The dir's image in the registry that images are named after."""
    access = open_access(releaser.repo, releaser.host, releaser.listen)
    (target,) = targets_of(releaser.repo, access, one.item)
    return target


def _plain(
    releaser: Releaser,
    one: ReleasedDir,
    found: NextVersion,
    options: CodeOptions,
    inputs: RepoInputs,
) -> CodePlan:
    """A release without wheel and image."""
    repo, version = releaser.repo, found.version
    assert version
    published = read_published(repo.checkout)
    forge = options.open_forge(repo, published.remote)
    without = (LeaveOut("the page", forge),) if isinstance(forge, str) else ()
    return CodePlan(
        runnable_dir=one.item,
        stage=Stage.PROD,
        version=version,
        image_name=one.image_name,
        addresses={},
        builds=(),
        tests=(),
        published=published,
        options=ReleaseOptions(Stage.PROD, suite=options.suite),
        renames=(),
        code=one,
        next=found,
        inputs=inputs,
        notes=CodeNotes("", "", (), {}),
        remote=need_remote(repo.checkout, f"{repo.config.name} has no remote for its tags"),
        wheel=None,
        forge=None if isinstance(forge, str) else forge,
        left_out=without,
        ask=options.open_index,
    )


def _lacks(repo: Repo, one: ReleasedDir, inputs: RepoInputs) -> tuple[str, str, str]:
    """Why the dir has no wheel, no image, and no index to publish at; each empty: it has."""
    image = index = ""
    if not repo.config.registries:
        image = f"{repo.config_path.name} names no registry"
    elif not read_dir_config(one.item).entrypoint:
        image = f"{path_below(one.name, dir_config_name())} has no entrypoint"
    if not any(each.publish for each in repo.config.indexes.values()):
        index = f"no index in {repo.config_path.name} has 'publish'"
    return is_package(inputs, one.name), image, index


def _index(repo: Repo, one: ReleasedDir, name: str) -> PackageIndex:
    named = name or read_dir_config(one.item).index
    setting = path_below(one.name, dir_config_name())
    return choose_index(repo.config.indexes, named, CONFIG_FILE_NAME, setting=setting)


def _versions(releaser: Releaser, one: ReleasedDir, version: str) -> Versions:
    """The versions of dirs' code: of the one that is released, and of others as they are now."""
    now = VersionsNow(releaser.repo, releaser.listen)

    def versions(inputs: RepoInputs, names: Sequence[str]) -> dict[str, tuple[str, str]]:
        others = now(inputs, [name for name in names if name != one.name])
        return others | ({one.name: (version, version)} if one.name in names else {})

    return versions


def _wheel(
    one: ReleasedDir, inputs: RepoInputs, versions: Versions, client: IndexClient | None
) -> ReleasedWheel:
    said = versions(inputs, inputs.of(one.name).roots)
    above = inputs.repo.root / WORKING_FOLDER / _FOLDER
    options = BuildOptions(above, versions={place: wheel for place, (wheel, _) in said.items()})
    (plan,) = plan_wheels(inputs, one.name, options)
    # What was built of other files under the same version is in nobody's way.
    options = replace(options, out=above / digest_of(plan.inputs, _LETTERS))
    return ReleasedWheel(plan.own.name, options, client)


def _renames(repo: Repo, host: Host, one: ReleasedDir, version: Version) -> Iterator[RenameImage]:
    """Give the released images of this engine their final names instead of temporary ones."""
    container, key = read_changelog(one.item).version, checkout_key(repo)
    name = repo.image_name(one.image_name)
    for platform in platforms_of(repo, one.item, host, ()):
        ending = variant(platform, host.platform)
        tags = (code_tag(version), *one.config.floating)
        names = tuple(f"{name}:{tag}{f'-{ending}' if ending else ''}" for tag in tags)
        yield RenameImage(name.releasing(Stage.PROD, container, key, ending), names)
        tested = f"test-{ending}".strip("-")
        yield RenameImage(name.releasing(Stage.PROD, container, key, tested))


def _moves(
    target: ReleaseTarget, version: Version, image: Descriptor, floating: Iterable[str]
) -> Iterator[MoveTag]:
    """The floating tags that do not name the image of a version, where that is the newest."""
    newest = code_versions(target.repository.tags())
    # Somebody else may have released more since then.
    for name in floating if newest[0] == version else ():
        if target.repository.resolve(name) != image:
            yield MoveTag(str(target), name, code_tag(version))
