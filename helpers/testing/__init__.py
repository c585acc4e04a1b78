"""Jobs on tests: plan a run, run each dir in its container, record what happened."""
