"""Settings of the Celery workers, in the module that dagster_celery looks for; the URLs are in the environment."""

result_expires = 7 * 24 * 3600
"""Seconds; longer than any run, for one whose result has expired is taken for lost."""

worker_redirect_stdouts = False
"""Else each event of a run would stand in the worker's log as a warning."""
