"""The keys of `repo_config.yaml` and of `devops/config.yaml`: what each means and may hold."""

from helpers.model.images.base_image import PYTHON_VERSION
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.platform import PLATFORMS
from helpers.model.settings.ci_config import CI_KEYS
from helpers.model.settings.data_config import DATA_KEYS, LARGE_FILE_KEYS
from helpers.model.settings.deprecated import Former
from helpers.model.settings.environment_config import ENVIRONMENT_KEYS
from helpers.model.settings.hosts_config import HOSTS_KEY
from helpers.model.settings.keys import BELOW_ROOT, Key, Kind, Rule, Tie, like, of_form
from helpers.model.settings.licence_config import LICENCE_KEYS
from helpers.model.settings.release_config import RELEASE_KEYS
from helpers.model.settings.socket_policy import SocketPolicy

# Which of a project's optional dependencies an image has.
PROJECT_CHOICES = ("extras", "groups", "prod_extras", "prod_groups")
_GROUP = Rule(
    "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?",
    "is no name of an extra or a group",
    "write a name that pyproject.toml has",
)
_VARIABLE = Rule(
    "[A-Za-z_][A-Za-z0-9_]*",
    "is not the name of a variable",
    "list names alone, without values",
)
_REGISTRY = r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*"
_REGISTRY_FORM = "<host>[:<port>][/<path>], without a scheme"
HEALTH_TIMES = ("interval", "timeout", "start_period", "retries")
# Plain HTTP is spoken with this machine alone, as with registries.
_INDEX_URL = (
    r"(https://[^\s/@?#]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^\s@?#]*)?"
)
_INDEX_FORM = Rule(
    _INDEX_URL,
    "is no address of an index: https://<host>[:<port>][/<path>], without a login; plain HTTP is"
    " spoken with this machine alone",
    "write it with https://, and store the login by: keyring set ADDRESS USER",
)
_INDEX_KEYS = (
    Key(
        "publish",
        Kind.TEXT,
        "Where packages are uploaded to; without it the index is read alone.",
        rule=_INDEX_FORM,
    ),
    Key(
        "simple",
        Kind.TEXT,
        "Where installers look: the address of its simple API.",
        required=True,
        rule=_INDEX_FORM,
    ),
    Key(
        "local_versions",
        Kind.FLAG,
        "It takes versions such as 1.2+abc; without it they are published as 1.2.devN.",
    ),
)

_PYTHON = Key(
    "python",
    Kind.NUMBER,
    'Instead of `base_image`: the Python of the images, such as "3.11".',
    rule=Rule(
        PYTHON_VERSION,
        "is not a Python version",
        'write its first two numbers, in quotes: python: "3.11"',
    ),
    excludes=Tie(
        "base_image",
        "the keys 'base_image' and 'python' both choose the image that others are built on",
        "remove one of them",
    ),
)
REPO_KEYS = (
    Key(
        "name",
        Kind.TEXT,
        "The repo's name, in labels and tables.",
        required=True,
        rule=of_form("name", "[A-Za-z0-9][A-Za-z0-9_.-]*", "letters, digits, '_', '.', '-'"),
    ),
    Key(
        "registry",
        Kind.TEXT,
        "What image names start with, or a name among `registries`; without it images stay local.",
        rule=of_form("registry", _REGISTRY, _REGISTRY_FORM),
        names_of="registries",
    ),
    Key(
        "registries",
        Kind.NAMED,
        "Where images are released to, by name: host, port and path each.",
        rule=of_form("registries", _REGISTRY, _REGISTRY_FORM),
    ),
    Key(
        "namespace",
        Kind.TEXT,
        "What image names start with where there is no registry; without it local images start with"
        " the repo's name, others with nothing.",
        # With a dot, or as `localhost`, the first part would be taken for a registry's host.
        rule=of_form(
            "namespace",
            r"(?!localhost(/|$))[a-z0-9]+([_-][a-z0-9]+)*(/[a-z0-9]+([_-][a-z0-9]+)*)*",
            "<name>[/<name>] of small letters, digits, '_' and '-'",
        ),
    ),
    Key(
        "indexes",
        Kind.TABLES,
        "Package indexes by name: where packages are published, installed from and looked for.",
        keys=_INDEX_KEYS,
    ),
    Key("base_image", Kind.TEXT, "What images are built on, where a dir names nothing else."),
    _PYTHON,
    Key(
        "certificates",
        Kind.TEXT,
        "A bundle (PEM) that is trusted besides the system's; relative to the root, or absolute.",
    ),
    Key(
        "environment",
        Kind.TEXTS,
        "Names of host variables that containers see, without values.",
        rule=_VARIABLE,
    ),
    Key(
        "resources",
        Kind.AMOUNTS,
        "How many there are of what dirs share; one of whatever is not listed.",
    ),
    Key(
        "platforms",
        Kind.TEXTS,
        "What images are released for; without it the platform of whoever releases.",
        choices=PLATFORMS,
    ),
    Key(
        "builders",
        Kind.NAMED,
        "By platform, the builder of buildx (or Docker context) that is native to it.",
        choices=PLATFORMS,
    ),
    Key(
        "build_cache",
        Kind.FLAG,
        "Builds read the cache of earlier ones from the registry; releases write it.",
    ),
    Key("ci", Kind.TABLE, "What the workflows of CI are made from: see docs/ci.md.", keys=CI_KEYS),
    Key(
        "licenses",
        Kind.TABLE,
        "Which licences packages in images may have: see docs/looking_inside.md.",
        keys=LICENCE_KEYS,
    ),
    Key(
        "large_files",
        Kind.TABLES,
        "By path, relative to the root, a large file, a notebook with outputs or data that may be"
        " committed, for a while: see docs/data.md.",
        keys=LARGE_FILE_KEYS,
    ),
    Key(
        "release",
        Kind.TABLE,
        "How versions of the dirs' code follow from commits: see docs/code_versions.md.",
        keys=RELEASE_KEYS,
    ),
    Key(
        "environments",
        Kind.ITEMS,
        "Where production images run, in the order of promotion: see docs/promotion.md.",
        keys=ENVIRONMENT_KEYS,
    ),
    HOSTS_KEY,
    Key(
        "package_snapshot",
        Kind.TEXT,
        "The moment whose Debian packages images get; without it the newest.",
        rule=like(
            "package_snapshot",
            "[0-9]{8}T[0-9]{6}Z",
            "is no time of the form YYYYMMDDTHHMMSSZ",
            "20261101T000000Z",
        ),
        needs=Tie(
            "package_mirror",
            "key 'package_snapshot': 'package_mirror' is required",
            "add a line 'package_mirror: https://<host>/archive', such as Debian's own",
        ),
    ),
    Key(
        "package_mirror",
        Kind.TEXT,
        "Where snapshots are had: the address below which `debian` and `debian-security` are.",
        rule=of_form(
            "package_mirror",
            r"https?://[^\s/@]+(/[^\s@]*)?",
            "https://<host>[/<path>], without a password",
        ),
    ),
)
DIR_KEYS = (
    Key("base_image", Kind.TEXT, "What its images are built on; without it what the repo says."),
    _PYTHON,
    *(
        Key(name, Kind.TEXTS, says, rule=_GROUP)
        for name, says in zip(
            PROJECT_CHOICES,
            (
                "The project's extras that the development image has; without the key: all.",
                "The dependency groups that the development image has; without the key: all.",
                "The project's extras that the production image has.",
                "The dependency groups that the production image has, besides a group `prod`.",
            ),
            strict=True,
        )
    ),
    Key(
        "depends_on",
        Kind.TEXTS,
        "Directories and files that its tests need besides its own and those that its project"
        " depends on, relative to the repo's root.",
        rule=BELOW_ROOT,
    ),
    *DATA_KEYS,
    Key("dind", Kind.FLAG, "Its tests have a Docker Engine of their own."),
    Key(
        "resources",
        Kind.AMOUNTS,
        "What its tests need of the machine: `memory` is a size such as 4g, others are numbers.",
    ),
    Key(
        "reuse",
        Kind.FLAG,
        "A pass may stand for a later run of the same inputs, and its tests see their inputs alone;"
        " otherwise they always run, and see the whole repo.",
    ),
    Key(
        "sibling",
        Kind.CHOICE,
        "What its tests may do with the Docker socket; without it they have none.",
        choices=tuple(SocketPolicy),
        # Tests had the socket itself, with nothing between them and the engine.
        formers=(Former("1.0", True, SocketPolicy.FULL), Former("1.0", False, "")),
    ),
    Key(
        "platforms",
        Kind.TEXTS,
        "What its images are released for; without it what the repo says.",
        choices=PLATFORMS,
    ),
    Key(
        "allow_link_scripts",
        Kind.TEXTS,
        "Conda packages whose scripts run when they are linked; without it none does.",
    ),
    Key(
        "cuda",
        Kind.TEXT,
        "The version of CUDA that its machines have, such as 12.4: conda packages fit it.",
    ),
    Key("entrypoint", Kind.TEXTS, "What its production image runs."),
    Key(
        "code",
        Kind.CHOICE,
        "How its production image has the code: copied as it lies in the repo (`copy`), or"
        " installed from a wheel that is built with the image (`wheel`), or that is published"
        " (`index`); without the key: copy.",
        choices=tuple(CodeKind),
    ),
    Key(
        "index",
        Kind.TEXT,
        "Which of the `indexes` of the repo has the published code of its production image"
        " (`code: index`); without the key: the only one to which the repo publishes.",
    ),
    Key(
        "release",
        Kind.TABLE,
        "How versions of its code follow from commits; each key stands above the repo's.",
        keys=RELEASE_KEYS,
    ),
    Key("command", Kind.TEXTS, "The arguments of `entrypoint`, where the user gives no others."),
    Key(
        "health_check",
        Kind.TEXTS,
        "A command whose exit status says whether a production container is well.",
    ),
    Key(
        "health_times",
        Kind.AMOUNTS,
        "Seconds between two checks (`interval`), that one may take (`timeout`), that starting may"
        " take (`start_period`); and failures in a row that count (`retries`).",
        choices=HEALTH_TIMES,
    ),
    Key(
        "prod_exclude",
        Kind.TEXTS,
        "Patterns of files that its production image does not hold, relative to the dir.",
    ),
    Key("runner", Kind.TEXT, "What its job in CI needs: a name among `ci.runners` of the repo."),
    Key(
        "environment",
        Kind.TEXT,
        "The environment that its job in CI has: one of `ci.environments` of the repo.",
    ),
)
