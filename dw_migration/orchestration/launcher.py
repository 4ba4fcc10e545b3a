"""Runs as Celery tasks; the extra `celery` brings what this module needs, and deploy/celery names it."""

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

PATIENCE = 10.0
"""Seconds for a worker to answer; one that lives does so at once, also while all of its processes are busy."""


class CeleryLauncher(CeleryRunLauncher):
    """Dagster's own, and knows when a run's worker is gone, and that a run is being canceled.

    Celery's result of a task that was started says so for ever after its worker was killed: without a second look the
    run would stay, and keep its place in the pool, until somebody cancels it.
    """

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Running only if its worker says so itself."""
        told = super().check_run_worker_health(run)
        if told.status is WorkerStatus.RUNNING and not self._is_known_to_its_worker(run):
            return CheckRunHealthResult(WorkerStatus.FAILED, "Its Celery worker ended, or does not answer.")
        return told

    def _is_known_to_its_worker(self, run: DagsterRun) -> bool:
        task = self.celery.AsyncResult(run.tags[DAGSTER_CELERY_TASK_ID_TAG])
        begun = task.info
        if not isinstance(begun, dict) or "hostname" not in begun:
            return True  # it has ended between the two looks
        worker = begun["hostname"]
        answers = self.celery.control.inspect([worker], timeout=PATIENCE).query_task(task.id)
        # a worker that was started again answers under the same name, and knows nothing of it
        return task.id in (answers or {}).get(worker, {})

    def terminate(self, run_id: str) -> bool:
        """Whether a run was told to end; from then on it is being canceled, and not taken for one that failed."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        return bool(super().terminate(run_id))
