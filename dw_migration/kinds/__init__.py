"""Every kind, in the order of creation: what comes later may stand on what comes before."""

from dw_migration.kind import DatabaseObject
from dw_migration.kinds.clustering import Clustering
from dw_migration.kinds.column import Column
from dw_migration.kinds.comment import Comment
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default import Default
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.extension import Extension
from dw_migration.kinds.index import Index
from dw_migration.kinds.inheritance import Inheritance
from dw_migration.kinds.ownership import Ownership
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.kinds.replica_identity import ReplicaIdentity
from dw_migration.kinds.schema import Schema
from dw_migration.kinds.sequence import Sequence
from dw_migration.kinds.table import Table

KINDS: tuple[type[DatabaseObject], ...] = (
    Schema,
    Extension,
    Enum,
    Domain,
    Sequence,
    Table,
    Column,
    Default,
    PartitionColumn,
    Constraint,
    Index,
    Inheritance,
    Partition,
    Clustering,
    ReplicaIdentity,
    Ownership,
    Comment,
)
"""The order decides only between objects that do not stand on one another: pg_depend has the last word."""

KIND_OF: dict[str, type[DatabaseObject]] = {kind.kind: kind for kind in KINDS}
