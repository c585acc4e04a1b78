"""The folders of data that a training may read: as this checkout says, whatever tree is trained."""

from helpers.containers.data import checked_mounts
from helpers.containers.plan import DataMount
from helpers.model.repo import Repo
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config
from helpers.training.asked import Asked


def data_of(own: Repo, asked: Asked, host: Host) -> tuple[DataMount, ...]:
    """The data of the dir that is trained; it is what the version files of the tree say.

    These are among the inputs of the tree, under which its results are recorded. Which folders of
    the host there are to read is not for another checkout to say.

    Raises:
        HelpersError: a folder is not there, or not what its version file says.
    """
    item = own.runnable_dir(asked.runnable_dir.name)
    config = read_dir_config(item)
    return checked_mounts(own, item, config, host, said_by=asked.runnable_dir)
