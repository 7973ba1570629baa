"""Queries that would run for hours, to be cancelled."""

# Yields one row at the end.
SILENT = "SELECT count(*) FROM generate_series(1, 1000000000000) WHERE value % 7 = 3"

# Yields batches all the time.
CHATTY = "SELECT value FROM generate_series(1, 1000000000000) WHERE value % 7 = 3"
