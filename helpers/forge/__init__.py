"""GitHub and GitLab: the few requests that the toolchain makes of them."""
