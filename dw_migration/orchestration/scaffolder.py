"""What `dg scaffold defs dw_migration.SourceDatabases` writes: a defs.yaml, or a component.py, that works as it is."""

import json

import dagster as dg
import pydantic

from dw_migration.orchestration.names import DEFAULT

_YAML = """\
# The databases that one warehouse is kept in step with. `dg check defs` finds what is wrong here.
type: {type}
attributes:
  name: {name} # the asset group; any other name goes before the names of assets, jobs and sensors too
{settings}
  # at_once: 4 # sources that one run works on at the same time
  # sources_per_run: 50 # at most, of a backfill, a sensor or the sweep
  # owners: ["team:data"] # of the assets
"""

_FILE = """\
  config: {config} # from the project's folder; `dw-migration init` writes one to start from\
"""

_INLINE = """\
  # ${{NAME}} is read from the environment when a connection is opened: a missing secret stops only its own source.
  # {{{{ env.NAME }}}} works too, but is read when definitions load, and stays in the code server's memory.
  # Keys and defaults are those of the config file, which `dw-migration init` writes with a word on each of them.
  # `config: dw_migration.yaml` in place of all of them keeps the settings where the command line finds them too.
  target: # the one database that is written
    host: ${{TARGET_PG_HOST}}
    port: ${{TARGET_PG_PORT}}
    user: ${{TARGET_PG_USER}}
    password: ${{TARGET_PG_PASSWORD}}
    database: ${{TARGET_PG_DATABASE}}
  sources: # databases that are read, never written
    shop: # the source's name: its partition
      host: ${{SOURCE_PG_HOST}}
      port: ${{SOURCE_PG_PORT}}
      user: ${{SOURCE_PG_USER}}
      password: ${{SOURCE_PG_PASSWORD}}
      database: ${{SOURCE_PG_DATABASE}}
      # schemas: [public] # default: all, but those of the system
    # tenants: # many databases of one server, found when asked
    #   server: postgresql://reader@tenants-db
    #   password: ${{TENANTS_PG_PASSWORD}}
    #   databases: "tenant_*"
  # policy: {{breaking: hold, on_drift: sync}} # hold: wait for the job `approve`; sync, plan or report what changed
  # workspace: migration_workspace # models, revisions and DDL: a folder a source, from the project's folder
  # schedule: "0 5 * * *" # the daily sweep, UTC; null: none\
"""

_PYTHON = """\
import dagster as dg
from {module} import {type}


@dg.component_instance
def load(context: dg.ComponentLoadContext) -> {type}:
    # target, sources and the other sections of a config file may stand here in place of `config`;
    # get_asset_spec and execute of a subclass change what is shown, and what a run does
    return {type}(name={name}, config={config})
"""


class Parameters(pydantic.BaseModel):
    """Options of the command."""

    name: str = pydantic.Field(DEFAULT, description="Of the warehouse.")
    config: str | None = pydantic.Field(None, description="Keep the settings in this file, from the project's folder.")


class SourceDatabasesScaffolder(dg.Scaffolder[Parameters]):
    """Writes one warehouse's component."""

    @classmethod
    def get_scaffold_params(cls) -> type[Parameters]:
        """The options."""
        return Parameters

    def scaffold(self, request: dg.ScaffoldRequest[Parameters]) -> None:
        """A file that explains itself; one that is there is added to only where that was asked for."""
        if request.scaffold_format == "python":
            (request.target_path / "component.py").write_text(_python(request), encoding="utf-8")
        elif request.append:
            with request.target_path.open("a", encoding="utf-8") as file:
                file.write(f"---\n{_yaml(request)}")
        else:
            (request.target_path / "defs.yaml").write_text(_yaml(request), encoding="utf-8")


def _yaml(request: dg.ScaffoldRequest[Parameters]) -> str:
    config = request.params.config
    settings = _FILE.format(config=json.dumps(config)) if config else _INLINE.format()
    return _YAML.format(type=request.type_name, name=request.params.name, settings=settings)


def _python(request: dg.ScaffoldRequest[Parameters]) -> str:
    module, _, name = request.type_name.rpartition(".")
    config = request.params.config or "dw_migration.yaml"
    return _PYTHON.format(module=module, type=name, name=json.dumps(request.params.name), config=json.dumps(config))
