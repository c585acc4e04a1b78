"""What the files with settings are called; apart, since what only looks for a repo reads none."""

# At the root of a repo.
CONFIG_FILE_NAME = "repo_config.yaml"
# In `devops/` of a dir.
DIR_CONFIG_FILE_NAME = "config.yaml"
