"""The files of a folder as modules: each with its own history, in one order."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from dw_migration.errors import BadConfig, BadSqlFiles
from dw_migration.sqlfiles.file import SqlFile
from dw_migration.sqlfiles.filename import FileName, Kind, Version, read_name

_WRITTEN = re.compile(r"[Vv]?\d+(?:[._]\d+)*")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a config says of one module."""

    path: Path | None = None
    """Its folder; None: the one of its name below the common one."""
    schema: str | None = None
    after: tuple[str, ...] = ()
    """Modules that come before it."""


@dataclass(frozen=True, slots=True)
class Module:
    """Files with one history."""

    name: str
    folder: Path
    schema: str | None = None
    after: tuple[str, ...] = ()
    versioned: tuple[SqlFile, ...] = ()
    """In the order of their versions."""
    repeatable: tuple[SqlFile, ...] = ()
    """By name; they come after those."""
    warnings: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[SqlFile, ...]:
        """All, in order."""
        return self.versioned + self.repeatable

    def check_known(self, version: Version) -> None:
        """Nothing, if a file has this version. Raises: BadConfig."""
        if self.find(version) is None:
            there = ", ".join(each.version.label for each in self.versioned) or "none"
            raise BadConfig(f"{self.name}: there is no version {version}: expected one of {there}")

    def find(self, version: Version) -> SqlFile | None:
        """The versioned file."""
        return next((each for each in self.versioned if each.version == version), None)


@dataclass(slots=True)
class _Faults:
    """What is wrong, collected: all of it is told at once."""

    told: list[str] = field(default_factory=list)

    def add(self, fault: str) -> None:
        self.told.append(fault)

    def raise_any(self) -> None:
        if self.told:
            raise BadSqlFiles(tuple(self.told))


def read_module(folder: Path, name: str | None = None, schema: str | None = None) -> Module:
    """The one module of a folder, without those below it. Raises: BadSqlFiles with every fault."""
    faults = _Faults()
    module = _module(folder, name or folder.name, Settings(schema=schema), faults)
    faults.raise_any()
    return module


def read_modules(path: Path, settings: Mapping[str, Settings] | None = None) -> dict[str, Module]:
    """All modules below the path and those that the settings name, by name, in the order in which they run.

    A file's last folder is its module. Raises: BadSqlFiles with every fault.
    """
    given, faults = settings or {}, _Faults()
    folders = _folders(path, given, faults)
    modules = {
        name: _module(folder, name, given.get(name, Settings()), faults) for name, folder in sorted(folders.items())
    }
    faults.raise_any()
    _check_after(modules, given, faults)
    faults.raise_any()
    return {name: modules[name] for name in _ordered_modules(modules)}


def in_order(modules: Mapping[str, Module]) -> tuple[SqlFile, ...]:
    """All files in the order in which they run: those of a module by version, what others require before these.

    Raises: BadSqlFiles for what is required and not there, and for rings.
    """
    faults, graph = _Faults(), TopologicalSorter[str]()
    files = {each.label: each for module in modules.values() for each in module.files}
    for module in modules.values():
        before = [each for other in module.after if other in modules for each in modules[other].files]
        last: SqlFile | None = None
        for each in module.files:
            graph.add(each.label, *(other.label for other in (last, *before) if other))
            graph.add(each.label, *(other.label for other in _required(modules, each, faults)))
            last, before = each, []
    faults.raise_any()
    return tuple(files[label] for label in _sorted(graph, list(files)))


def required_of(modules: Mapping[str, Module], file: SqlFile) -> tuple[SqlFile, ...]:
    """The files that it says must have run before. Raises: BadSqlFiles where one is not there."""
    faults = _Faults()
    found = tuple(_required(modules, file, faults))
    faults.raise_any()
    return found


def _required(modules: Mapping[str, Module], file: SqlFile, faults: _Faults) -> Iterator[SqlFile]:
    for name, version in file.header.requires:
        module = modules.get(name or file.module)
        found = module and module.find(version)
        if found:
            yield found
        else:
            wanted = f"{name or file.module}/{version}"
            there = (
                f"there is {', '.join(str(each.version) for each in module.versioned)}"
                if module
                else (f"there are the modules {', '.join(modules)}")
            )
            faults.add(f"{file.label}: requires {wanted}, which is not there: {there}: add it, or mend -- requires:")


def _sorted(graph: TopologicalSorter[str], order: list[str]) -> Iterator[str]:
    """In this order as far as the graph allows."""
    rank = {label: number for number, label in enumerate(order)}
    try:
        graph.prepare()
    except CycleError as error:
        ring = " -> ".join(reversed(error.args[1]))
        raise BadSqlFiles(
            (f"these files wait for one another: {ring}: mend their -- requires:, or after: of modules",)
        ) from None
    ready: list[str] = []
    while graph.is_active():
        ready = sorted([*ready, *graph.get_ready()], key=rank.__getitem__)
        first = ready.pop(0)
        yield first
        graph.done(first)


def _ordered_modules(modules: Mapping[str, Module]) -> tuple[str, ...]:
    graph = TopologicalSorter({name: module.after for name, module in modules.items()})
    try:
        graph.prepare()
    except CycleError as error:
        ring = " -> ".join(reversed(error.args[1]))
        raise BadSqlFiles((f"these modules come after one another: {ring}: mend sql.modules.<name>.after",)) from None
    found: list[str] = []
    while graph.is_active():
        ready = sorted(graph.get_ready())
        found += ready
        graph.done(*ready)
    return tuple(found)


def _check_after(modules: Mapping[str, Module], given: Mapping[str, Settings], faults: _Faults) -> None:
    for name, settings in given.items():
        for other in settings.after:
            if other not in modules:
                faults.add(f"sql.modules.{name}.after: there is no module {other}: expected {', '.join(modules)}")


# --- folders ----------------------------------------------------------------------------------------------------------


def _folders(path: Path, given: Mapping[str, Settings], faults: _Faults) -> dict[str, Path]:
    """The folder of each module."""
    found = {name: settings.path for name, settings in given.items() if settings.path is not None}
    for name, folder in found.items():
        if not folder.is_dir():
            faults.add(f"sql.modules.{name}.path: {folder} is no folder: make it, or mend the path")
    elsewhere = {folder.resolve() for folder in found.values()}
    for folder in _with_files(path, faults):
        if folder.resolve() in elsewhere:
            continue
        if folder.name in found:
            faults.add(
                f"{folder} and {found[folder.name]} are both the module {folder.name}: rename one of these folders"
            )
        found.setdefault(folder.name, folder)
    return {name: path / name for name in given} | {name: folder for name, folder in found.items() if folder.is_dir()}


def _with_files(path: Path, faults: _Faults) -> Iterator[Path]:
    """The path and what is below it, where files end in .sql."""
    if not path.is_dir():
        return
    entries = sorted(path.iterdir(), key=lambda each: each.name)
    if any(each.suffix == ".sql" for each in entries if not each.is_dir()):
        yield path
    for each in entries:
        if each.is_dir() and not each.name.startswith("."):
            if each.is_symlink():
                faults.add(f"{each}: is a link to another place: put the folder itself there")
            else:
                yield from _with_files(each, faults)


def _module(folder: Path, name: str, settings: Settings, faults: _Faults) -> Module:
    files = [each for path in _entries(folder) if (each := _file(path, name, faults))]
    _check_single(files, faults)
    downs = {each.version: each for each in files if each.kind is Kind.DOWN}
    versioned = sorted((each for each in files if each.kind is Kind.VERSIONED), key=lambda each: each.version)
    known = {each.version for each in versioned}
    for version, down in downs.items():
        if version not in known:
            faults.add(f"{down.label}: is the way back of a file that is not there: add it, or remove this one")
    return Module(
        name,
        folder,
        settings.schema,
        settings.after,
        tuple(SqlFile(each.module, each.name, each.text, downs.get(each.version)) for each in versioned),
        tuple(sorted((each for each in files if each.kind is Kind.REPEATABLE), key=lambda each: each.name.name)),
        tuple(each.name.warning for each in versioned if each.name.warning),
    )


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []  # a module of the config that has no file yet
    return sorted(each for each in folder.iterdir() if not each.is_dir() or each.suffix == ".sql")


def _file(path: Path, module: str, faults: _Faults) -> SqlFile | None:
    name = read_name(path.name)
    if name is None:
        return None
    where = f"{module}/{path.name}"
    if not _is_text(path.name):
        faults.add(f"{module}/{path.name!a}: its name is not UTF-8: rename it")
        return None
    if path.is_symlink() or not path.is_file():
        faults.add(f"{where}: is a link, a folder or a device: put the file itself there")
        return None
    try:
        return SqlFile(module, name, _text(path))
    except ValueError as fault:
        faults.add(f"{where}{fault}")
        return None


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f": cannot be read: {error.strerror}: mend its rights") from None
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f":{line}: is not UTF-8: save it as UTF-8") from None
    if (nul := text.find("\0")) >= 0:
        line = text.count("\n", 0, nul) + 1
        raise ValueError(f":{line}: holds a NUL character, which PostgreSQL cannot read: remove it")
    return text


def _check_single(files: Iterable[SqlFile], faults: _Faults) -> None:
    seen: dict[tuple[Kind, object], SqlFile] = {}
    for each in files:
        first = seen.setdefault((each.kind, each.version.key), each)
        if first is not each:
            faults.add(
                f"{first.label} and {each.label}: are both {'the way back of ' if each.kind is Kind.DOWN else ''}"
                f"version {each.version}: give one of them another number"
            )
    folded: dict[str, SqlFile] = {}
    for each in files:
        first = folded.setdefault(each.name.name.casefold(), each)
        if first is not each:
            faults.add(f"{first.label} and {each.label}: are one file where case does not count: rename one of them")


def version_of(text: str) -> Version:
    """As a person writes it: `3`, `003`, `V3`, or a file's name with or without its ending."""
    if _WRITTEN.fullmatch(text):
        return Version(text.lstrip("Vv").replace("_", "."))
    name: FileName | None = read_name(text) or read_name(f"{text}.sql")
    return name.version if name else Version(text)
