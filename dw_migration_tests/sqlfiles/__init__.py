"""Tests of files without a server."""
