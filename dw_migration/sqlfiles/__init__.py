"""Hand-written SQL files: their names, headers, statements and templates; no server is asked."""
