"""Keeps one PostgreSQL warehouse in step with many source PostgreSQL databases."""
