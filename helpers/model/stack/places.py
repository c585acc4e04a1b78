"""Where a repo's stacks and their tests are, where nobody names them."""

# Where a stack's file is looked for, relative to the repo's root.
STACK_FILES = (
    "deploy/local.yml",
    "deploy/local.yaml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
)
# The folder whose tests are those of a stack, relative to a dir or to the repo's root.
STACK_TESTS = "tests/stack"
