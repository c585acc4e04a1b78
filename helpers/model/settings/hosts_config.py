"""The key `hosts`: the machines with Docker Engine that runs may use, and which ones are meant."""

from collections.abc import Callable, Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.keys import Key, Kind, Rule
from helpers.model.settings.reader import Section, read_file_of_key
from helpers.model.settings.resources import MEMORY, SIZE, Amounts, parse_size, read_amounts
from helpers.model.spelling import nearest_value

# The name of the machine that the toolchain itself runs on.
LOCAL = "local"
ENGINE_SOCKET = "/var/run/docker.sock"
_SSH = "ssh://"
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_PORT = r"(?::[0-9]{1,5})?"
_ADDRESS = rf"{_SSH}(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:{_NAME}|\[[0-9A-Fa-f:.]+\]){_PORT}(?:/\S+)?"
_REFUSED = "an engine without ssh or TLS is refused"
HOSTS_KEY = Key(
    "hosts",
    Kind.TABLES,
    "Machines with Docker Engine that runs may use, by name: see docs/hosts.md.",
    name_rule=Rule(
        rf"(?!{LOCAL}$){_NAME}",
        f"is no name of a host: letters, digits, '_', '.', '-'; '{LOCAL}' is this machine",
        "write for instance  hosts: {build1: {address: ssh://ci@build1}}",
    ),
    keys=(
        Key(
            "address",
            Kind.TEXT,
            "Where ssh reaches it; the path is that of the engine's socket.",
            required=True,
            rule=Rule(
                _ADDRESS,
                f"is no address of ssh; {_REFUSED}",
                "write it as  address: ssh://[<user>@]<host>[:<port>][/<path of the socket>]",
            ),
        ),
        Key("slots", Kind.COUNT, "How many dirs run there at once; default: one per core."),
        Key(
            "memory",
            Kind.TEXT,
            "How much memory runs may use there, such as 32g; default: all of it.",
            rule=Rule(SIZE, "is not a size", "write for instance  memory: 32g"),
        ),
        Key("resources", Kind.AMOUNTS, "How many there are of what dirs ask for, such as gpu."),
    ),
)


@dataclass(frozen=True, slots=True)
class DockerHost:
    """A machine with Docker Engine.

    Attributes:
        address: as `ssh://ci@build1:22`; empty: this machine.
        slots: how many dirs run there at once; 0: whatever it has cores.
        memory: bytes; 0: whatever it has.
        socket: of its engine, there.
        where: the file and line, or the Docker context, that names it.
    """

    name: str
    address: str = ""
    slots: int = 0
    memory: int = 0
    resources: Amounts = field(default_factory=dict)
    socket: str = ENGINE_SOCKET
    where: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is the machine that the toolchain itself runs on."""
        return not self.address


THIS_MACHINE = DockerHost(LOCAL)


def docker_hosts(found: Mapping[str, Section], path: str) -> dict[str, DockerHost]:
    """The hosts of the key `hosts`; `path` is for messages alone.

    Raises:
        HelpersError: an amount is none.
    """
    return {name: _docker_host(name, section, path) for name, section in found.items()}


def parse_hosts(text: str, path: str) -> dict[str, DockerHost]:
    """Read a person's own file of hosts; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    return docker_hosts(read_file_of_key(text, path, HOSTS_KEY) or {}, path)


def host_of_context(name: str, url: str) -> DockerHost:
    """The host that a Docker context names.

    Raises:
        HelpersError: its engine is not reached by ssh.
    """
    if not url.startswith(_SSH):
        raise HelpersError(
            f"the Docker context {name!r} has the address {url!r}; {_REFUSED}",
            where="--hosts",
            fix=f"docker context update {name} --docker host=ssh://<user>@<host>",
        )
    address, socket = _parts(url)
    return DockerHost(name, address, socket=socket, where=f"Docker context {name}")


def choose_hosts(
    wanted: str, known: Mapping[str, DockerHost], context: Callable[[str], str]
) -> tuple[DockerHost, ...]:
    """The hosts that `--hosts` names, each once, in that order.

    Args:
        wanted: names with commas between them.
        known: those of settings files.
        context: gives the address of a Docker context; empty where there is none.

    Raises:
        HelpersError: a name is none of a host.
    """
    names = dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip())
    if not names:
        raise HelpersError("--hosts names no host", fix=_naming(known))
    return tuple(_chosen(name, known, context) for name in names)


def _chosen(
    name: str, known: Mapping[str, DockerHost], context: Callable[[str], str]
) -> DockerHost:
    if name == LOCAL:
        return THIS_MACHINE
    if name in known:
        return known[name]
    if "://" in name:
        refused = "" if name.startswith(_SSH) else f"; {_REFUSED}"
        raise HelpersError(
            f"{name!r} is an address, not the name of a host{refused}",
            where="--hosts",
            fix="write into the settings:  hosts: {build1: {address: ssh://<user>@<host>}}",
        )
    if url := context(name):
        return host_of_context(name, url)
    raise HelpersError(
        f"there is no host {name!r}; there are: {', '.join((*known, LOCAL))}",
        where="--hosts",
        fix=nearest_value("--hosts", name, (*known, LOCAL)),
    )


def _naming(known: Mapping[str, DockerHost]) -> str:
    return f"--hosts {','.join(known) or LOCAL}"


def _docker_host(name: str, section: Section, path: str) -> DockerHost:
    address, socket = _parts(section["address"])
    resources = read_amounts(
        section.get("resources", {}), f"{path}:{section.lines.get('resources', 0)}"
    )
    own_memory = resources.get(MEMORY, 0)
    return DockerHost(
        name,
        address,
        section.get("slots", 0),
        parse_size(section.get("memory", "")) or own_memory,
        {key: amount for key, amount in resources.items() if key != MEMORY},
        socket,
        f"{path}:{section.lines['']}",
    )


def _parts(url: str) -> tuple[str, str]:
    """The address that ssh takes, and the path of the engine's socket."""
    place, slash, path = url.removeprefix(_SSH).partition("/")
    return _SSH + place, slash + path if path else ENGINE_SOCKET
