"""Jobs on containers: enter one, keep it warm, start its services, stop it."""
