"""Jobs on inputs: what each dir can see, what a change affects."""
