from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.settings.config import DEFAULT_BASE_IMAGE, parse_dir_config, parse_repo_config
from helpers.model.settings.environment_config import Environment
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.model.version import Version
from tests.builders import make_repo


def test_a_file_with_only_a_name_has_defaults_for_all_else() -> None:
    config = parse_repo_config("name: shop\n", "repo_config.yaml")
    assert (config.name, config.registry, config.environment) == ("shop", "", ())
    assert config.base_image == DEFAULT_BASE_IMAGE


def test_every_key_is_read() -> None:
    text = (
        "name: shop\nregistry: registry.internal:5000/team\nbase_image: python:3.13-slim\n"
        "certificates: devops/ca.pem\nenvironment: [API_URL, STAGE]\n"
    )
    config = parse_repo_config(text, "c")
    assert config.registry == "registry.internal:5000/team"
    assert config.certificates == "devops/ca.pem"
    assert config.environment == ("API_URL", "STAGE")


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        ("name: a\nregstry: b\n", "c:2", "unknown key 'regstry'", "perhaps you meant 'registry'"),
        ("name: a\nzzz: b\n", "c:2", "unknown key 'zzz'", "the keys are: name, registry"),
        ("registry: b\n", "c:1", "key 'name' is missing", "add a line 'name: ...'"),
        ("", "c:1", "key 'name' is missing", "add a line"),
        ("name: 3\n", "c:1", "expected a text, found '3'", "quotes"),
        ("name:\n", "c:1", "expected a text, found nothing", "a text"),
        ("name: [a]\n", "c:1", "expected a text, found a list", "a text"),
        ("name: a\nenvironment: B\n", "c:2", "expected a list of texts", "a list of texts"),
        ("name: a\nenvironment:\n - B\n - 3\n", "c:4", "the item '3'", "a list of texts"),
        ("name: a\nenvironment: [B=1]\n", "c:2", "not the name of a variable", "names alone"),
        ("name: a\nregistry: https://x/y\n", "c:2", "is not of the form", "without a scheme"),
        ("name: a b\n", "c:1", "is not of the form", "letters"),
        ("name: a\nregistries: {x: 'https://y'}\n", "c:2", "key 'registries'", "scheme"),
        ("name: a\nregistries: [x]\n", "c:2", "expected names with texts", "names with texts"),
        ("name: a\nplatforms: [amd64]\n", "c:2", "not a supported platform", "linux/amd64"),
        ("name: a\nbuilders: {arm: x}\n", "c:2", "not a supported platform", "linux/arm64"),
        ("name: a\nenvironments: a\n", "c:2", "expected a list of names", "a list of names"),
        ("name: a\nenvironments:\n - b\n - 3\n", "c:4", "the item '3'", "a list of names"),
        ("name: a\nenvironments: [b, b]\n", "c:2", "'b' occurs twice", "remove one"),
        ("name: a\nenvironments: [prod]\n", "c:2", "is no name of an environment", "[integ"),
        ("name: a\nenvironments: [v1]\n", "c:2", "is no name of an environment", "[integ"),
        ("name: a\nenvironments: [{values: b}]\n", "c:2", "key 'name' is missing", "add a line"),
        ("name: a\nenvironments:\n - name: b\n   valeus: c\n", "c:4", "unknown key", "'values'"),
        ("name: a\nenvironments: [{name: b, values: /c}]\n", "c:2", "is not a path below", "root"),
        (
            "name: a\nregistries: {own: x.org}\nenvironments:\n - name: b\n   registry: onw\n",
            "c:5",
            "there is no registry 'onw'; there are: own",
            "registry: own",
        ),
        ("name: a\nenvironments: [{name: b, registry: c}]\n", "c:2", "are: none", "add it: "),
        ("name: a\nbuild_cache: x\n", "c:2", "expected true or false", "true or false"),
        ("name: a\npackage_snapshot: today\n", "c:2", "is no time of the form", "20261101T000000Z"),
        (
            "name: a\npackage_snapshot: 20261101T000000Z\n",
            "c:2",
            "'package_mirror' is required",
            "package_mirror",
        ),
        (
            "name: a\nindexes: {team: {publish: http://example.org}}\n",
            "c:2",
            "plain HTTP is spoken with this machine alone",
            "https://",
        ),
        ("name: a\nindexes:\n  team:\n    simpl: https://x\n", "c:4", "key 'simpl'", "'simple'"),
        ("name: a\nindexes: {t: {simple: https://me:pw@x}}\n", "c:2", "//***@x", "keyring set"),
        ("name: a\nindexes: {t: https://x}\n", "c:2", "each with keys", "each with keys"),
        ("name: a\nname: b\n", "c:2", "occurs twice, first on line 1", "remove one"),
        ("name: [\n", "c:1", "not valid YAML", "correct"),
        ("name: a\nreuse: [x, y\n\nmode: z\n", "c:2", "[ in column 8 is not closed", "the ] that"),
        ("name: a\nreuse: {x: 1\nmode: z\n", "c:2", "but got ':' in line 3", "the } that"),
        ("name: a\nreuse: 'x\nmode: z\n", "c:2", "' in column 8 is not closed", "the ' that"),
        ("name: a: b\nmode: z\n", "c:1", "mapping values are not allowed here", "correct"),
        ("just text\n", "c:1", "expected lines of the form", "key: value"),
    ],
)
def test_a_mistake_names_the_line_and_what_to_write(
    text: str, where: str, what: str, fix: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_repo_config(text, "c")
    assert (caught.value.where, what in caught.value.what) == (where, True), caught.value
    assert fix in caught.value.fix


def test_environments_are_names_or_have_keys_and_keep_their_order() -> None:
    text = (
        "name: a\nregistries: {own: x.org/a, far: y.org}\nenvironments:\n  - integration\n"
        "  - {name: staging, values: 'deploy/{dir}/staging.yaml'}\n"
        "  - name: production\n    registry: far\n"
    )
    assert parse_repo_config(text, "c").environments == (
        Environment("integration"),
        Environment("staging", values="deploy/{dir}/staging.yaml"),
        Environment("production", registry="far"),
    )
    assert parse_repo_config("name: a\nenvironments: []\n", "c").environments == ()


@pytest.mark.parametrize(
    ("text", "first", "names"),
    [
        ("", "", []),
        ("registry: r.example/a\n", "r.example/a", ["default"]),
        ("registries: {b: r.example/b, c: r.example/c}\n", "r.example/b", ["b", "c"]),
        ("registry: c\nregistries: {b: r.example/b, c: r.example/c}\n", "r.example/c", ["c", "b"]),
        (
            "registry: r.example/a\nregistries: {b: r.example/b}\n",
            "r.example/a",
            ["default", "b"],
        ),
    ],
)
def test_images_are_named_after_one_registry_of_several(
    text: str, first: str, names: list[str]
) -> None:
    config = parse_repo_config(f"name: a\n{text}", "c")
    assert config.registry == first
    assert list(config.registries) == names


def test_a_dir_says_what_its_production_image_runs() -> None:
    text = "entrypoint: [python, -m, svc]\nhealth_times: {interval: 30, retries: 3}\n"
    found = parse_dir_config(text, "c")
    assert found.entrypoint == ("python", "-m", "svc")
    assert found.health_times == {"interval": 30, "retries": 3}


@pytest.mark.parametrize("text", ["{interval: 0}", "{interval: 1s}", "{every: 1}"])
def test_times_of_a_health_check_are_numbers_of_known_names(text: str) -> None:
    with pytest.raises(HelpersError, match="health_times"):
        parse_dir_config(f"health_times: {text}\n", "c")


def test_a_dir_without_settings_gets_no_socket() -> None:
    assert parse_dir_config("", "c").sibling is None
    assert parse_dir_config("sibling: own\n", "c").sibling is SocketPolicy.OWN


def test_how_production_images_have_their_code_is_one_of_the_kinds_that_there_are() -> None:
    assert parse_dir_config("", "c").code is CodeKind.COPY
    assert parse_dir_config("code: wheel\n", "c").code is CodeKind.WHEEL
    expected = "key 'code': expected one of copy, wheel, index, found 'wheels'"
    with pytest.raises(HelpersError, match=expected) as caught:
        parse_dir_config("entrypoint: [x]\ncode: wheels\n", "c")
    assert caught.value.where == "c:2"


def test_a_flag_must_be_true_or_false() -> None:
    with pytest.raises(HelpersError, match="expected true or false, found 'maybe'"):
        parse_dir_config("reuse: maybe\n", "c")


def test_resources_are_bytes_and_numbers() -> None:
    found = parse_dir_config("resources: {memory: 1.5g, gpu: 1, db: '2'}\n", "c").resources
    assert found == {"memory": 3 << 29, "gpu": 1, "db": 2}


@pytest.mark.parametrize("text", ["{memory: 3q}", "{gpu: 0}", "{gpu: -1}", "{gpu: [1]}", "[gpu]"])
def test_amounts_that_are_none_are_errors(text: str) -> None:
    with pytest.raises(HelpersError, match="resources"):
        parse_dir_config(f"resources: {text}\n", "c")


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../../x"])
def test_what_is_depended_on_is_below_the_root(path: str) -> None:
    with pytest.raises(HelpersError, match="not a path below the repo's root"):
        parse_dir_config(f"depends_on: ['{path}']\n", "c")


def test_a_namespace_names_images_where_there_is_no_registry(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, config="name: demo\nnamespace: shop\n", commit=False)
    name = repo.image_name("api")
    assert name.tagged(Stage.PROD, Version(1, 0, 0)) == "shop/api:prod-1.0.0"
    assert name.tagged(Stage.LOCAL, Version(1, 0, 0), "ann") == "shop/api:local-ann-1.0.0"
    assert [one.on_engine for one in name.local_names] == ["shop/api", "demo/api", "api"]
    registry = make_repo(
        tmp_path, config="name: demo\nnamespace: shop\nregistry: example.org/team\n", commit=False
    )
    assert str(registry.image_name("api")) == "example.org/team/api"


@pytest.mark.parametrize("wrong", ["example.org", "localhost", "localhost/shop", "Shop", "shop/"])
def test_a_namespace_that_could_be_a_registrys_host_is_refused(wrong: str) -> None:
    with pytest.raises(HelpersError, match="key 'namespace'") as caught:
        parse_repo_config(f"name: demo\nnamespace: {wrong}\n", "repo_config.yaml")
    assert caught.value.where == "repo_config.yaml:2"
