"""Tests of files on a server."""
