"""The story of the rows: each `data` command is one function here."""
