"""models.py: what is in it, what it makes, and that nothing in it comes from a source as code."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from dw_migration.catalog import Catalog
from dw_migration.errors import Unsupported
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.comment import Comment
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default import Default
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.index import Index
from dw_migration.kinds.schema import Schema
from dw_migration.kinds.table import Table
from dw_migration.live.reader import read
from dw_migration.models import Header, ModelsFailed, check_models, models_text, start_models, write_models
from dw_migration.models.allowed import check_module
from dw_migration.models.indexes import index_parts
from dw_migration.models.names import as_class_name, as_identifier, unique
from dw_migration.models.writing import escaped
from dw_migration_tests.conftest import MakesDatabase

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
HEADER = Header("shop", "ShopDB", "warehouse", NOON)

MUSIC = r"""
create schema dw__music__public;
set search_path = dw__music__public;
create table artist (artistid int constraint pk_artist primary key, name varchar(120));
create table album (albumid int constraint pk_album primary key, title varchar(160) not null,
    artistid int not null constraint fk_album_artist references artist);
create table track (trackid serial constraint pk_track primary key, name varchar(200) not null,
    albumid int references album on delete cascade, milliseconds int not null check (milliseconds > 0),
    unitprice numeric(10,2) not null default 0.99, added timestamptz not null default now());
create table playlist (playlistid int generated always as identity primary key, name varchar(120) unique);
create table playlisttrack (playlistid int references playlist, trackid int references track,
    constraint pk_playlisttrack primary key (playlistid, trackid));
create table employee (employeeid int primary key, lastname varchar(20) not null, reportsto int references employee);
create index ifk_album_artist on album (artistid);
create index track_by_name on track (lower(name), milliseconds desc) where milliseconds > 60000;
comment on table track is 'What is played';
comment on column track.unitprice is '100 % of it: in :currency';
"""

TWO_SCHEMAS = r"""
create schema dw__shop__people; create schema dw__shop__sales;
create type dw__shop__people.mood as enum ('sad', 'ok', 'happy');
create domain dw__shop__people.email as text check (value ~ '^[^@]+@[^@]+$');
create table dw__shop__people.users (id int primary key,
    email dw__shop__people.email not null, mood dw__shop__people.mood,
    manager_id int references dw__shop__people.users);
create table dw__shop__sales.orders (id bigint primary key, buyer_id int not null references dw__shop__people.users,
    seller_id int references dw__shop__people.users on update cascade);
create table dw__shop__sales.users (id int primary key references dw__shop__people.users, discount real default 0.5);
create table dw__shop__sales.order_lines (order_id bigint references dw__shop__sales.orders, line smallint,
    replaced_by smallint, primary key (order_id, line),
    foreign key (order_id, replaced_by) references dw__shop__sales.order_lines);
create table dw__shop__sales.tags (id int primary key);
create table dw__shop__sales.order_tags (order_id bigint references dw__shop__sales.orders,
    tag_id int references dw__shop__sales.tags, primary key (order_id, tag_id));
create table dw__shop__people.tags (id int primary key);
create table dw__shop__people.order_tags (user_id int references dw__shop__people.users,
    tag_id int references dw__shop__people.tags, primary key (user_id, tag_id));
"""

HOSTILE = r"""
create schema dw__a__x; create schema "dw__B-b__y z";
set search_path='';
create type dw__a__x.@ENUM@ as enum ('a''b', 'c"d', ':name', '100%', 'a\b', '', 'ü', '%s', '%(x)s');
create type dw__a__x."a(b)" as enum ('x');
create type dw__a__x."Weird[]" as enum ('x');
create domain dw__a__x.small as int check (value > 0) ;
create domain dw__a__x.two as text not null default 'a:b' check (value <> ':x') check (value !~ '\:y');
create domain dw__a__x.three as dw__a__x.small check (value < 100) check (value <> 7) ;
comment on domain dw__a__x.three is 'it''s :x %s';
create sequence dw__a__x.seq as smallint increment by -2 minvalue -100 maxvalue 50 start 10 cache 3 cycle;
create sequence dw__a__x."Se""q";
create unlogged table dw__a__x.types (
    id int generated always as identity (start 5 increment 3 cache 2 sequence name "dw__a__x"."my own seq") primary key,
 id2 bigint generated by default as identity,
 a smallint default 1, b bigint, c numeric, d numeric(10,2), e numeric(5,0), f numeric(3,-2), g real,
    h double precision,
 i boolean default true, j text collate "C", k varchar(20), l varchar, m char(3), n bpchar, o bytea,
    p date default current_date,
 q timestamp, r timestamptz default now(), s timestamp(3), t timestamptz(2), u time, v timetz, w time(2),
    x timetz(1),
 y interval, z interval(2), aa interval day to second(3), ab interval year to month,
    ac uuid default gen_random_uuid(),
 ad money, ae json, af jsonb default '{"a": [1, 2]}', ag jsonpath, ah inet, ai cidr, aj macaddr,
    ak macaddr8, al oid, am regclass,
 an tsvector, ao tsquery, ap bit, aq bit(5), ar bit varying, "as" bit varying(7), at int4range,
    au tstzmultirange, av numrange,
 aw text[] default '{}', ax numeric(4,1)[], ay dw__a__x.@ENUM@, az dw__a__x.@ENUM@[], ba dw__a__x.two,
    bb dw__a__x.three[], be xml, bf "char", bg name, bh point, bi pg_lsn,
 bj int generated always as (a + 1) stored, bl varchar(5) collate "POSIX", bm dw__a__x."a(b)",
    bn dw__a__x."Weird[]",
 bo int default nextval('dw__a__x.seq'), bp int default nextval('dw__a__x."Se""q"'::regclass),
 bs xid, bt regconfig, bu timestamp[], bv text default ':name', bw text default '\:x',
    bx text default 'a%b', by text default '%(x)s', bz text default '{x}'
);
alter table dw__a__x.types alter j set storage external;
alter sequence dw__a__x."Se""q" owned by dw__a__x.types.bp;
create table "dw__B-b__y z"."a.b" ("c.d" int, "e""f" text, "g h" int, primary key ("c.d", "g h"),
    unique ("e""f"), unique ("g h") deferrable initially deferred);
create table dw__a__x."refs" ("q.r" int, s int, t text, primary key (s),
  foreign key ("q.r",
    s) references "dw__B-b__y z"."a.b" match full on delete cascade on update set null deferrable initially deferred,
  constraint "%s" foreign key (t) references "dw__B-b__y z"."a.b"("e""f") not valid,
  check (t <> ':x') no inherit, constraint "chk 'q'" check (t <> '\:y%' and s > 0),
    constraint unchecked check (s <> 4) not enforced);
alter table dw__a__x.refs add constraint nv check (s <> 3) not valid;
comment on column dw__a__x.refs.t is ''''''';__import__(''os'').system(''touch canary'');dict(#';
comment on table dw__a__x.refs is E'a\nb@QUOTES@ \\ %s :x {y} ${z} {{w}} @RTL@';
comment on constraint "chk 'q'" on dw__a__x.refs is 'why %';
comment on schema dw__a__x is 'schema';
create table dw__a__x.canary (id int primary key, "__import__('os').system('touch canary')" int,
    "metadata" int, "registry" int, "class" int, "__x__" int, "_sa_instance_state" int, "Integer" int,
    "mapped_column" int, "int" int, "datetime" date, "text" text, "@LIGATURE@" int, "fi" int,
    "@SQUARED@" int, "_" int, "__" int, "1a" int, "relationship" int, "Base" int, "Mapped" int,
    "Optional" int, "as" int, "@EMOJI@" int, "a@RTL@b" int, "match" int, "str" text, "self" int,
    "collation" text, "lateral" int, "position" int, "user" int);
create table dw__a__x."__import__('os').system('touch canary')" (a int references dw__a__x.canary,
    b int references dw__a__x.refs, primary key (a, b));
create table dw__a__x."tablesample" ("concurrently" int primary key, "system_user" text);
create index on dw__a__x."tablesample" ("system_user");
create table dw__a__x.nopk (x int, y text);
create table dw__a__x.nocols ();
create table dw__a__x.alembic_version (version_num text primary key);
create table dw__a__x.booking (room int, during tstzrange, note text, id int,
    exclude using gist (during with &&) where (note <> 'a:b'), unique nulls not distinct (room, note),
    unique (id) include (note) with (fillfactor=70)) with (fillfactor=55, autovacuum_enabled=false);
create index "i %s" on dw__a__x.booking (note);
create index i2 on dw__a__x.booking (lower(note) desc nulls last, room,
    (note || ':x') collate "C" text_pattern_ops);
create index i3 on dw__a__x.booking using gist (during) where room > 3 and note <> '%' ;
create unique index i4 on dw__a__x.booking (room,
    note) include (during) nulls not distinct with (fillfactor=80,
    deduplicate_items=off) where note is not null;
create index i5 on dw__a__x.booking (note text_pattern_ops desc, note collate "C");
create index i6 on dw__a__x.booking using brin (room) with (pages_per_range=8);
create index i7 on dw__a__x.types using gin (af jsonb_path_ops);
comment on index dw__a__x.i7 is 'idx';
create type dw__a__x."Pair's :x %s" as (a int, "b;'" dw__a__x."a(b)", c text collate "C", d dw__a__x.small[]);
create domain dw__a__x.pairs as dw__a__x."Pair's :x %s" check ((value).a <> 7);
create type dw__a__x."Span" as range (subtype = float8, subtype_diff = float8mi, multirange_type_name = dw__a__x."Ms");
comment on type dw__a__x."Pair's :x %s" is 'it''s :x %s';
comment on column dw__a__x."Pair's :x %s"."b;'" is 'it''s :x %s';
create table dw__a__x.typed (id int primary key, a dw__a__x."Pair's :x %s", b dw__a__x."Pair's :x %s"[],
    c dw__a__x.pairs, d dw__a__x."Span" default '[1,2)', e dw__a__x."Ms", f dw__a__x."Span"[], g text);
alter table dw__a__x.typed alter g set statistics 7, alter g set (n_distinct = -0.5);
create statistics dw__a__x."s %s :x" (mcv) on id, g from dw__a__x.typed;
create statistics dw__a__x.s2 on (g || ':x %s') from dw__a__x.typed;
alter statistics dw__a__x.s2 set statistics 9;
comment on statistics dw__a__x.s2 is 'it''s :x %s';
create index typed_i on dw__a__x.typed (lower(g)); alter index dw__a__x.typed_i alter column 1 set statistics 50;
alter table dw__a__x.booking cluster on i2; alter table dw__a__x.types replica identity full;
-- selfs, composites, several fks
create table dw__a__x.tenant (id int primary key);
create table dw__a__x.node (tenant_id int references dw__a__x.tenant, id int, parent_id int, boss_id int,
    primary key (tenant_id, id), foreign key (tenant_id, parent_id) references dw__a__x.node,
    foreign key (tenant_id, boss_id) references dw__a__x.node on delete set null (boss_id));
create table dw__a__x.friend (a_id int, b_id int, t int, primary key (t, a_id, b_id), foreign key (t,
    a_id) references dw__a__x.node, foreign key (t, b_id) references dw__a__x.node);
create table dw__a__x.post (id int primary key, owner_id int references dw__a__x.tenant,
    editor_id int references dw__a__x.tenant, title_id int unique references dw__a__x.canary,
    parent int references dw__a__x.post);
create table "dw__B-b__y z".post (id int primary key references dw__a__x.post,
    "post" int references dw__a__x.post, "Post" int references "dw__B-b__y z".post);
create table dw__a__x.loop1 (id int primary key, l int); create table dw__a__x.loop2 (id int primary key,
    l int references dw__a__x.loop1);
    alter table dw__a__x.loop1 add foreign key (l) references dw__a__x.loop2 ;
create table dw__a__x.tag (id int primary key);
create table dw__a__x.post_tag (post_id int references dw__a__x.post, tag_id int references dw__a__x.tag,
    primary key (post_id, tag_id));
create table "dw__B-b__y z".tag (id int primary key, name text unique);
create table "dw__B-b__y z".post_tag (post_id int references "dw__B-b__y z".post,
    tag text references "dw__B-b__y z".tag(name));
"""
PAYLOADS = {
    "@ENUM@": '"x:0\n' + '""' * 3 + "'" * 3 + '"',
    "@QUOTES@": '"' * 3,
    "@RTL@": "\u202e",
    "@EMOJI@": "\U0001f600",
    "@LIGATURE@": "\ufb01",
    "@SQUARED@": "\u00b2",
}


def hostile() -> str:
    text = HOSTILE
    for mark, payload in PAYLOADS.items():
        text = text.replace(mark, payload)
    return text


def catalog_of(url: str) -> Catalog:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        names = [
            name for (name,) in connection.execute("select nspname from pg_namespace where nspname like 'dw\\_\\_%'")
        ]
        return read(connection, names).catalog


def run_sql(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())


def made_by_create_all(folder: Path, url: str, catalog: Catalog) -> Catalog:
    """The catalog of the database after the models' create_all, twice, in a process of its own."""
    schemas = [each for each in catalog.objects.values() if isinstance(each, Schema)]
    run_sql(url, ";".join(each.create()[0].text for each in schemas))
    code = """
import sys
sys.path.insert(0, sys.argv[1])
import models, psycopg, sqlalchemy
engine = sqlalchemy.create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg.connect(sys.argv[2]), poolclass=sqlalchemy.pool.NullPool)
models.Base.metadata.create_all(engine)
models.Base.metadata.create_all(engine)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(folder), url], check=True, cwd=folder)
    return catalog_of(url)


@pytest.mark.parametrize("schema", [MUSIC, TWO_SCHEMAS, hostile()], ids=["music", "two schemas", "hostile"])
def test_models_make_what_the_target_has_and_nothing_differs(
    database: MakesDatabase, tmp_path: Path, schema: str
) -> None:
    """create_all, Alembic and mypy --strict agree with the target; no payload runs."""
    target, fresh = database(), database()
    run_sql(target, schema)
    catalog = catalog_of(target)
    write_models(tmp_path, models_text(catalog, originals={}, header=HEADER), now=NOON)
    assert check_models(tmp_path, target) == ()
    assert made_by_create_all(tmp_path, fresh, catalog).objects == catalog.objects
    assert check_models(tmp_path, fresh) == ()
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(tmp_path / "cache"),
        str(tmp_path / "models.py"),
    ]
    done = subprocess.run(mypy, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert not list(tmp_path.glob("**/canary"))


PARTITIONED = r"""
create schema dw__shop__public;
set search_path = dw__shop__public;
create table orders (id int, at date not null, note text, primary key (id, at)) partition by range (at);
create table spread (id int) partition by list ((id % 10));
create table orders_2024 partition of orders for values from ('2024-01-01') to ('2025-01-01');
create index on orders (note);
create index on orders_2024 (lower(note));
comment on index orders_2024_pkey is 'key of one';
comment on table orders_2024 is 'one year';
create table line (id int primary key, order_id int, at date, foreign key (order_id, at) references orders,
    constraint to_one foreign key (order_id, at) references orders_2024);
"""


def test_a_partitioned_table_is_made_without_its_partitions(database: MakesDatabase, tmp_path: Path) -> None:
    """The header counts what is not there; Alembic takes neither the partitions nor their indexes for differences."""
    target, fresh = database(), database()
    run_sql(target, PARTITIONED)
    catalog = catalog_of(target)
    text = models_text(catalog, originals={}, header=HEADER)
    write_models(tmp_path, text, now=NOON)
    assert "# Not expressed here: 1 of kind partition\n" in text
    assert "orders_2024" not in text
    assert check_models(tmp_path, target) == ()
    assert made_by_create_all(tmp_path, fresh, catalog).objects == catalog.without_partitions().objects


VIEWS = r"""
create schema dw__a__x; create schema "dw__a__y z";
set search_path = '';
create type dw__a__x.mood as enum ('ok');
create domain dw__a__x.small as int check (value > 0);
create type dw__a__x.pair as (a int, b text);
create table dw__a__x.t (id int primary key, mood dw__a__x.mood, small dw__a__x.small[], pair dw__a__x.pair,
    "a""b" varchar(7), at timestamptz(3));
create view dw__a__x."V :x %s" as select *, 1::numeric(5, 2) as "class" from dw__a__x.t;
create view dw__a__x.views as select 1 as metadata;
create view "dw__a__y z"."v.w" with (security_barrier) as select t from dw__a__x.t;
create materialized view "dw__a__y z".views as select mood, count(*) from dw__a__x.t group by 1;
create view dw__a__x.nothing as select;
comment on view dw__a__x.views is 'it''s :x %s';
comment on column dw__a__x.views.metadata is 'it''s :x %s';
comment on materialized view "dw__a__y z".views is 'rows';
"""


def test_views_are_there_to_be_read_and_are_not_made(database: MakesDatabase, tmp_path: Path) -> None:
    """Each in a MetaData of its own, with the columns that the target has; Alembic takes none for a table."""
    target = database()
    run_sql(target, VIEWS)
    text = models_text(catalog_of(target), originals={}, header=HEADER)
    assert "Not expressed here" not in text
    write_models(tmp_path, text, now=NOON)
    assert check_models(tmp_path, target) == ()
    code = """
import sys
sys.path.insert(0, sys.argv[1])
import models, psycopg, sqlalchemy
engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(sys.argv[2]))
tables = models.views.tables
assert not tables.keys() & models.Base.metadata.tables.keys()
with engine.connect() as connection:
    for name in sorted(tables):
        read = [list(connection.execute(sqlalchemy.select(*tables[name].columns)).keys())]
        print(tables[name].schema, tables[name].name, *read[0], sep=", ")
print(models.v_views.comment, models.v_views.c["metadata"].comment, models.v_views_.comment)
"""
    run_sql(target, "insert into dw__a__x.t values (1, 'ok', '{1,2}', (1, 'b'), 'x', now())")
    command = [sys.executable, "-W", "error::sqlalchemy.exc.SAWarning", "-c", code, str(tmp_path), target]
    done = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        'dw__a__x, V :x %s, id, mood, small, pair, a"b, at, class',
        "dw__a__x, nothing",
        "dw__a__x, views, metadata",
        "dw__a__y z, v.w, t",
        "dw__a__y z, views, mood, count",
        "it's :x %s it's :x %s rows",
    ]


def test_alembic_sees_a_difference(database: MakesDatabase, tmp_path: Path) -> None:
    target = database()
    run_sql(target, MUSIC)
    write_models(tmp_path, models_text(catalog_of(target), originals={}, header=HEADER), now=NOON)
    run_sql(target, "alter table dw__music__public.artist alter name type text; create table dw__music__public.x ()")
    (only,) = check_models(tmp_path, target)
    assert "modify_type" in only
    assert "artist" in only


# --- Text ------------------------------------------------------------------------------------------------------------

S = "dw__shop__public"


def table(name: str, *columns: str, schema: str = S) -> list[DatabaseObject]:
    return [Table(schema, name, False, "", ()), *(column(name, each, at, schema) for at, each in enumerate(columns))]


def column(table: str, name: str, at: int, schema: str = S, of: str = "integer") -> Column:
    return Column(schema, table, name, of, "", "", at == 0, "", "", "", "", (), "", "", "", "", at + 1)


def key(table: str, *columns: str) -> Constraint:
    name = f"pk_{table}"
    none: tuple[str, ...] = ()
    return Constraint(
        S, table, name, "p", False, columns, none, "", "", "", none, False, "", "", none, False, False, True, False,
        False, True, False, none,
    )  # fmt: skip


def catalog(*objects: DatabaseObject) -> Catalog:
    return Catalog({each.address: each for each in (Schema(S), *objects)})


def text_of(*objects: DatabaseObject, originals: dict[Address, str] | None = None) -> str:
    return models_text(catalog(*objects), originals=originals or {}, header=HEADER)


def test_attributes_keep_the_case_of_the_source() -> None:
    """The column is lower-case, the attribute is as the source has it, also where it is a type's name."""
    originals = {
        Address("table", S, name="user_badges"): "UserBadges",
        Address("column", S, "user_badges", "id"): "Id",
        Address("column", S, "user_badges", "integer"): "Integer",
    }
    text = text_of(*table("user_badges", "id", "integer"), key("user_badges", "id"), originals=originals)
    assert "class UserBadges(Base):" in text
    assert "__tablename__ = 'user_badges'" in text
    assert "Id: Mapped[int] = mapped_column('id', Integer_, primary_key=True, autoincrement=False)" in text
    assert "Integer: Mapped[Optional[int]] = mapped_column('integer', Integer_)" in text


def test_the_header_tells_where_it_is_from() -> None:
    head = text_of(*table("users", "id")).partition("\n\n")[0]
    assert "# Generated: 2025-01-01T12:00:00+00:00" in head
    assert "# Source: 'shop', database 'ShopDB'" in head
    assert "# Target: database 'warehouse', schema 'dw__shop__public' with 1 tables" in head
    assert "# Tables: dw__shop__public.users" in head


def test_an_enum_without_labels() -> None:
    assert "Enum(name='none', schema='dw__shop__public', metadata=Base.metadata)" in text_of(Enum(S, "none", ()))


def test_no_name_of_a_source_is_code(tmp_path: Path) -> None:
    """Neither the enum nor the comment that made sqlacodegen write a module that runs code."""
    enum = Enum(S, 'x:0\n"""' + "'" * 3, ("__reduce__", "{x}", "${y}"))
    comment = Comment("column", S, "users", "id", "''';__import__('os').system('touch canary');dict(#")
    objects = [*table("users", "id"), key("users", "id"), enum, comment]
    objects.append(column("users", "mood", 1, of=f'{S}."x:0\n' + '""' * 3 + "'" * 3 + '"'))
    write_models(tmp_path, text_of(*objects), now=NOON)
    assert check_models(tmp_path) == ()
    assert not (tmp_path / "canary").exists()


ANY_CHARACTER = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.text(ANY_CHARACTER, min_size=1, max_size=20) | st.sampled_from(
    ["metadata", "registry", "class", "__init__", "_sa_registry", "\r", "\u2028", "\u202e", "\ufb01", "fi", "_",
     "__", "Mapped", "Base", "_Named", "_statement", "event", "str", "datetime", "a.b", "x)", "';", '"""',
     "%(x)s", "{x}", "$"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    tables=st.lists(NAMES, unique=True, min_size=1, max_size=4),
    columns=st.lists(NAMES, unique=True, min_size=1),
    text=NAMES,
)
def test_any_name_gives_a_module_that_is_allowed(tables: list[str], columns: list[str], text: str) -> None:
    """The wall lets it through, Python compiles it, and no column is lost."""
    objects: list[DatabaseObject] = [Enum(S, text, tuple(columns)), Default(S, tables[0], columns[-1], text)]
    for name in tables:
        objects += [*table(name, *columns), key(name, columns[0]), Comment("table", S, "", name, text)]
    module = text_of(*objects)
    compile(module, "models.py", "exec", dont_inherit=True)
    assert module.count("mapped_column(") == len(tables) * len(columns)


@given(st.lists(NAMES))
def test_identifiers_are_valid_and_unique(names: list[str]) -> None:
    given_names = unique(as_identifier(name, fallback="column") for name in names)
    assert all(name.isidentifier() for name in given_names)
    assert len(set(given_names)) == len(names)


def test_class_names_are_pascal_case() -> None:
    names = ["order_items", "OrderItems", "ORDERS", "2fa", "class", "\u0437\u0430\u043a\u0430\u0437\u044b", "__"]
    expected = [
        "OrderItems",
        "OrderItems",
        "Orders",
        "_2fa",
        "Class",
        "\u0417\u0430\u043a\u0430\u0437\u044b",
        "Unnamed",
    ]
    assert [as_class_name(name) for name in names] == expected


@given(st.text(alphabet=":\\ax '%1_\u00fc"))
def test_an_expression_comes_out_of_text_as_it_went_in(expression: str) -> None:
    compiled = sa.text(escaped(expression)).compile(dialect=postgresql.dialect(paramstyle="named"))  # type: ignore[no-untyped-call]
    assert str(compiled) == expression


def test_the_parts_of_an_index() -> None:
    first, rest = 'lower((a)::text) COLLATE "C, ("', "INCLUDE (c) WITH (fillfactor='7,0') WHERE (a <> ') ,')"
    parts = index_parts(f"gin ({first}, b) {rest}")
    assert parts.elements == (first, "b")
    assert (parts.method, parts.include, parts.options) == ("gin", ("c",), (("fillfactor", "'7,0'"),))
    assert parts.where == "(a <> ') ,')"
    with pytest.raises(Unsupported, match="not understood"):
        index_parts("btree (a) SOMETHING NEW")


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from os import system",
        "from sqlalchemy import create_engine",
        "__import__('os').system('x')",
        "x = eval('1')",
        "x = 1",
        "class Base:\n    pass",
        "class A(object):\n    pass",
        "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    def f(self): pass",
        "from sqlalchemy import text\nx = text(open('/etc/passwd').read())",
        "from sqlalchemy import text\nx = text(f'{1}')",
        "from sqlalchemy import text\nx = text.__class__()",
        "from sqlalchemy import text\nx = text(*['x'])",
        "from sqlalchemy import text\nx = text(**{'text': 'x'})",
        "from sqlalchemy import text\nx = text([y for y in 'x'])",
        "from sqlalchemy import text\nx = text(lambda y: y)",
        "from sqlalchemy import text\nx = text(nothing)",
        "from sqlalchemy.orm import relationship\nx = relationship('__import__(\\'os\\').system(\\'x\\')')",
        "if True:\n    pass",
        "x: int = 1",
        "x = (",
        "\0",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unsupported):
        check_module(text)


# --- Files -----------------------------------------------------------------------------------------------------------


def test_an_unchanged_file_is_not_written(tmp_path: Path) -> None:
    text = text_of(*table("users", "id"))
    assert write_models(tmp_path, text, now=NOON).changed
    later = Header("shop", "ShopDB", "warehouse", NOON.replace(year=2026))
    again = models_text(catalog(*table("users", "id")), originals={}, header=later)
    assert again != text
    assert not write_models(tmp_path, again, now=NOON).changed
    assert (tmp_path / "models.py").read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["models.py"]


def test_what_was_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "models_extra.py").write_text("mine = 1\n")
    first = text_of(*table("users", "id"))
    write_models(tmp_path, first, now=NOON)
    done = write_models(tmp_path, text_of(*table("users", "id", "name")), now=NOON)
    assert (done.changed, done.edited, done.diff) == (True, False, "")
    assert done.backup == tmp_path / "models_20250101_120000.py.bak"
    assert done.backup.read_text() == first
    assert (tmp_path / "models.py").stat().st_mode & 0o777 == 0o640
    assert done.backup.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "models_extra.py").read_text() == "mine = 1\n"


def test_an_edit_is_kept_and_told(tmp_path: Path) -> None:
    text = text_of(*table("users", "id"))
    write_models(tmp_path, text, now=NOON)
    path = tmp_path / "models.py"
    path.write_text(path.read_text() + "\nmine = 1\n")
    done = write_models(tmp_path, text, now=NOON)
    assert done.edited
    assert done.backup is not None
    assert done.backup.read_text().endswith("mine = 1\n")
    assert "-mine = 1" in done.diff
    assert path.read_text() == text
    path.write_bytes(b"\xff not even text")
    second = write_models(tmp_path, text, now=NOON)
    assert second.edited
    assert second.backup == tmp_path / "models_20250101_120000_1.py.bak"
    assert second.backup.read_bytes() == b"\xff not even text"


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_models(tmp_path, text_of(*table("users", "id")), now=NOON)
    before = (tmp_path / "models.py").read_text()

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_models(tmp_path, text_of(*table("users", "id", "name")), now=NOON)
    assert (tmp_path / "models.py").read_text() == before
    assert not list(tmp_path.glob("*.tmp"))


# --- Processes -------------------------------------------------------------------------------------------------------


def test_a_process_writes_the_file(tmp_path: Path) -> None:
    objects = table("users", "id")
    originals = {Address("column", S, "users", "id"): "Id"}
    done = start_models(tmp_path, catalog(*objects), originals, HEADER).result()
    assert done.changed
    assert done.path.read_text() == text_of(*objects, originals=originals)


def test_a_process_tells_what_it_refuses(tmp_path: Path) -> None:
    unknown = Index(S, "users", "ix", False, "btree (id) SOMETHING NEW")
    with pytest.raises(Unsupported, match="SOMETHING NEW"):
        start_models(tmp_path, catalog(*table("users", "id"), unknown), {}, HEADER).result()
    with pytest.raises(ModelsFailed, match="FileNotFoundError"):
        start_models(tmp_path / "nowhere", catalog(), {}, HEADER).result()
    assert not list(tmp_path.iterdir())


def test_a_module_that_warns_is_not_passed(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("import warnings\nwarnings.warn('look')\n")
    with pytest.raises(ModelsFailed, match="UserWarning: look"):
        check_models(tmp_path)


def test_no_password_in_an_error(tmp_path: Path) -> None:
    write_models(tmp_path, text_of(*table("users", "id")), now=NOON)
    with pytest.raises(ModelsFailed) as caught:
        check_models(tmp_path, "postgresql://someone:s3cret%zz@nowhere.invalid/x?connect_timeout=1")
    assert "s3cret" not in str(caught.value)


def test_importing_us_imports_neither_sqlalchemy_nor_alembic() -> None:
    code = "import dw_migration.models, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "sqlacodegen", "alembic", "psycopg"} & set(done.stdout.split())
