"""Jobs on wheels of a dir and its packages by path: stage, build, merge, check, publish, verify."""
