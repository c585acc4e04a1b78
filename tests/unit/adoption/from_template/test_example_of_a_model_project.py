"""The example among `runnable_dirs/` is what the template of model projects makes."""

from helpers.adoption.from_template.source import present_template
from helpers.system.locate import TOOLCHAIN_ROOT

_NAME = "customer_spend"
_EXAMPLE = TOOLCHAIN_ROOT / "runnable_dirs" / _NAME
_ANSWERS = {
    "package": _NAME,
    "storage": "csv",
    "description": "Predicts what a customer spends in a month.",
}
# What the example has for itself, or the template renders by rules.
_OTHER = ("changelog.txt", "pyproject.toml", "copier.yml", "pyproject.base", ".copier-answers.yml")


def test_the_example_is_what_the_template_makes() -> None:
    files = present_template(TOOLCHAIN_ROOT, "ml")
    differ = []
    for path, content in files.items():
        name, text = path.removesuffix(".jinja"), content.decode()
        for question, answer in _ANSWERS.items():
            name = name.replace(f"{{{{ {question} }}}}", answer)
            text = text.replace(f"{{{{ {question} }}}}", answer)
        if name in _OTHER or name.startswith(("requirements", "environment", f"{_NAME}/")):
            continue
        here = _EXAMPLE / name
        if not here.is_file() or here.read_text(encoding="utf-8") != text:
            differ.append(name)
    assert differ == []
