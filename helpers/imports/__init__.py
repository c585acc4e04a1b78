"""Jobs on imports: what code imports, compared with what its project declares."""
