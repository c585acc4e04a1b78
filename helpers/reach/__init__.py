"""Jobs on many hosts: one run whose dirs are tested wherever there is an engine."""
