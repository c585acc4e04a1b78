"""What the toolchain writes into the files of a user's repo: decided, written, checked, undone.

A managed file has a path, an owner and a mode: whole, a block between markers, keys, or a link. A
hook of git is written whole, by the same writer, after the user's own was put aside.
Three texts decide: what was last written (base), what is here, what is wanted. `drift` says whether
it is stale, was edited by hand or is in conflict; `change` is what is to be written:

    item = ManagedFile("ci.yml", source="ci.yml", owner="ci", mode=Mode.WHOLE)
    here = Here(read_text(root / item.path))
    found = plan_file(FileToPlan(item, WantedText(text, id), here, applied, base))
    apply_changes(root, [found.change])    # all of several, or none when one changed meanwhile

What was applied stands in a file of the repo, for everybody: `parse_record`, `update_record`.
Where one command has a way back, it notes what changes in this clone before anything does:

    files = as_written(root, changes)
    note(record, files, facts)
    write(root, files)
    undo(root, files)    # byte for byte; `find_edited` names what was changed since

`three_way.py` decides, `written.py` writes and undoes, `record.py` notes, `repo_record.py` has what
was applied, `blocks.py` is about parts of a text. `test_interface.py` is a file's whole life.
"""
