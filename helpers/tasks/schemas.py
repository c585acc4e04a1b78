"""JSON Schemas of the settings files, made from the keys by which they are read.

python -m helpers.tasks.schemas
"""

import json
from dataclasses import MISSING, fields

FOLDER = "docs/schemas"


def schemas() -> dict[str, str]:
    """The text of each schema, by the name of its file."""
    from helpers.model.managed_file import Mode
    from helpers.model.settings.config import DirConfig, RepoConfig
    from helpers.model.settings.config_keys import DIR_KEYS, REPO_KEYS
    from helpers.model.settings.repo_defaults import REPO_DEFAULTS_KEYS, RepoDefaults
    from helpers.model.settings.schema import file_schema, object_schema
    from helpers.model.settings.train_config import TRAIN_KEYS, TrainConfig
    from helpers.model.sync.shared import SYNC_KEYS

    # A link takes the place of the file that is there.
    no_link_where_present = {
        "if": {"properties": {"mode": {"const": Mode.LINK.value}}, "required": ["mode"]},
        "then": {"properties": {"where_present": {"const": False}}},
    }
    item = object_schema(SYNC_KEYS, {"where_present": False}) | {"allOf": [no_link_where_present]}
    made = {
        "repo_config": file_schema(
            "repo_config.yaml: a repo", object_schema(REPO_KEYS, _defaults(RepoConfig))
        ),
        "dir_config": file_schema(
            "devops/config.yaml: a runnable dir", object_schema(DIR_KEYS, _defaults(DirConfig))
        ),
        "train": file_schema(
            "devops/train.yaml: how models are trained",
            object_schema(TRAIN_KEYS, _defaults(TrainConfig)),
        ),
        "repo_defaults": file_schema(
            "repo_defaults.yaml: what new repos are like",
            object_schema(REPO_DEFAULTS_KEYS, _defaults(RepoDefaults)),
        ),
        "sync": file_schema(
            "sync.yaml: files that many repos share", {"type": "array", "items": item}
        ),
    }
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2) + "\n" for name, schema in made.items()
    }


def _defaults(config: type) -> dict[str, object]:
    """The defaults that say something: flags and texts."""
    given = {field.name: field.default for field in fields(config) if field.default is not MISSING}
    return {name: value for name, value in given.items() if value not in (None, "", ())}


def main() -> None:
    """Write the files."""
    from helpers.system.locate import TOOLCHAIN_ROOT

    folder = TOOLCHAIN_ROOT / FOLDER
    folder.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
