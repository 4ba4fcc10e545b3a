"""Hand-written SQL files on a server: their history, and how they are run."""
