"""The ledger's own migrations: Alembic revisions, each a function of a psycopg connection; forward only."""
