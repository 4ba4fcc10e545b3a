"""Rows on their way: shapes read, values counted, chunks copied, each over sessions that the caller opened."""
