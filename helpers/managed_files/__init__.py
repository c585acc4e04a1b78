"""What the toolchain writes into the files of a user's repo: decided, written, checked, undone.

Decide; `drift` says what is stale, what was edited by hand and what is in conflict:

    item = ManagedFile(".github/workflows/ci.yml", "ci.yml", owner="ci", mode=Mode.WHOLE)
    found = plan_file(FileToPlan(item, WantedText(text, id), Here(read_text(path)), applied, base))
    found.drift, found.conflicts, found.change

Show `found.change` as a diff, and write it; of several, all or none when one changed meanwhile:

    apply_changes(root, [found.change])

Where there is a way back, note what changes before it does:

    files = as_written(root, changes)
    note(record, files, facts)
    write(root, files)
    undo(root, files)    # byte for byte; `find_edited` names what was changed since

`plan.py` decides, `written.py` writes and undoes, `record.py` notes what one job wrote in a clone,
`repo_record.py` what was last applied in a repo, `blocks.py` is about parts of a text.
"""
