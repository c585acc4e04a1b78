"""Carry out the steps of a release of code that are no image's: its wheel, its tag, its page."""

from helpers.forge.pages import find_page, write_page
from helpers.model.code_version import CodeTag, two_commits
from helpers.model.errors import HelpersError
from helpers.model.events import Notice
from helpers.model.forge import ReleasePage
from helpers.model.wheel import BuiltWheel
from helpers.release import code_steps
from helpers.release.check_versions import BegunRelease, check_versions
from helpers.release.code_plan import CodePlan, ReleasedWheel
from helpers.release.image_tests import run_in_container
from helpers.release.owner import Releaser
from helpers.system.process import ProcessError
from helpers.vcs.commit_log import remote_tags
from helpers.vcs.git import reason
from helpers.vcs.refs import find_commit
from helpers.vcs.tags import fetch_tag, make_tag, push_tag, remove_tag
from helpers.wheels.build import build_packages
from helpers.wheels.publish import Step, Upload, planned_uploads, publish


class CodeSteps:
    """What the steps of one release hand to later ones."""

    def __init__(self, releaser: Releaser, plan: CodePlan) -> None:
        self._releaser = releaser
        self._plan = plan
        self._root = releaser.repo.checkout

    def take(self, step: code_steps.CodeStep) -> None:
        """Carry out a step; what is done already is not done again.

        Raises:
            HelpersError: it cannot be done.
        """
        plan = self._plan
        match step:
            case code_steps.LeaveOut():
                pass
            case code_steps.CheckTag():
                self._check_tag(self._remote_commit())
            case code_steps.CheckAgreement():
                self._check_agreement()
            case code_steps.BuildWheel():
                self._build(self._wheel)
            case code_steps.CheckIndex():
                self._upload(really=False)
            case code_steps.PublishWheel():
                self._upload(really=True)
            case code_steps.TestDir():
                run_in_container(self._releaser, plan.runnable_dir, step.suite)
            case code_steps.TagCommit():
                self._tag()
            case code_steps.MakePage():
                self._make_page()
            case _:
                raise NotImplementedError(step)

    # --- Checks ---------------------------------------------------------------------------------

    def _check_agreement(self) -> None:
        plan = self._plan
        outermost, name = self._releaser.repo.outermost, plan.code.name
        errors = check_versions(
            outermost,
            [(plan.code, plan.next)],
            plan.inputs,
            plan.ask,
            self._releaser.listen,
            BegunRelease(plan.version, plan.asked),
        )[name]
        if errors:
            raise HelpersError(
                "; ".join(error.what for error in errors),
                where="\n".join(dict.fromkeys(error.where for error in errors if error.where)),
                fix="\n".join(dict.fromkeys(error.fix for error in errors if error.fix)),
            )

    def _check_tag(self, there: str) -> None:
        """Make sure that the tag is nobody else's.

        Args:
            there: the commit that has it at the remote.

        Raises:
            HelpersError: another commit has it, here or there.
        """
        plan = self._plan
        here = find_commit(self._root, f"refs/tags/{plan.tag}")
        for commit, place in ((there, f"{plan.tag} of {plan.remote}"), (here, plan.tag)):
            if commit and commit != plan.commit:
                other = CodeTag("HEAD", plan.commit, plan.version)
                error = two_commits(
                    plan.version, CodeTag(place, commit, plan.version), other, plan.code.name
                )
                error.what = f"{error.what}: somebody released it, and nothing was done"
                error.fix = plan.instead_of_taken("")
                raise error

    def _remote_commit(self) -> str:
        plan = self._plan
        return remote_tags(self._root, plan.remote, [plan.code.prefix]).get(plan.tag, "")

    # --- The wheel ------------------------------------------------------------------------------

    @property
    def _wheel(self) -> ReleasedWheel:
        assert self._plan.wheel
        return self._plan.wheel

    def _build(self, wheel: ReleasedWheel) -> list[BuiltWheel]:
        releaser, plan = self._releaser, self._plan
        names = [plan.code.name]
        return build_packages(plan.inputs, names, wheel.options, releaser.host, releaser.listen)

    def _upload(self, *, really: bool) -> None:
        wheel, plan = self._wheel, self._plan
        client = wheel.client
        assert client

        def told(one: Upload) -> None:
            if one.step is Step.THERE:
                said = f"{client.index} has {one.file.path.name} already"
                self._releaser.listen(Notice(said, plan.code.name))

        built = self._build(wheel)
        try:
            with planned_uploads(plan.inputs, built, client, wheel.options) as uploads:
                if really:
                    publish(uploads, client, told)
        except HelpersError as error:
            if "with another content" in error.what:
                error.fix = plan.instead_of_taken("")
            raise

    # --- The tag and the page -------------------------------------------------------------------

    def _tag(self) -> None:
        """Tag the commit here, then at the remote, whichever of the two has no tag.

        Raises:
            HelpersError: somebody else was faster, or the remote refuses.
        """
        plan, root = self._plan, self._root
        there = self._remote_commit()
        self._check_tag(there)
        here = find_commit(root, f"refs/tags/{plan.tag}")
        try:
            if there and not here:
                fetch_tag(root, plan.remote, plan.tag)
            if not there and not here:
                owner = self._releaser.owner.name
                message = f"{plan.notes.title}\n\n{plan.notes.body}\n"
                make_tag(root, plan.tag, plan.commit, message, (owner.partition("@")[0], owner))
            if not there:
                self._push_tag(made=not here)
        except ProcessError as error:
            raise HelpersError(
                f"the tag {plan.tag} could not be made: {reason(error)}",
                where=f"{root}, {plan.remote}",
                fix=f"git push {plan.remote} {plan.tag}, to see why; then the same command",
            ) from error

    def _push_tag(self, *, made: bool) -> None:
        plan = self._plan
        try:
            push_tag(self._root, plan.remote, plan.tag)
        except ProcessError:
            there = self._remote_commit()
            if there == plan.commit:
                return  # the answer was lost, or somebody released the same
            if there and made:
                remove_tag(self._root, plan.tag)
            self._check_tag(there)
            raise

    def _make_page(self) -> None:
        plan, forge = self._plan, self._plan.forge
        assert forge
        if find_page(forge, plan.tag):
            return  # people may have written into it
        made = write_page(forge, ReleasePage(plan.tag, plan.notes.title, plan.notes.body))
        self._releaser.listen(Notice(f"the page of {plan.tag} is {made.url}", plan.code.name))
