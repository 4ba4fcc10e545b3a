"""Every kind, in the order of creation: what comes later may stand on what comes before."""

from dw_migration.kind import DatabaseObject
from dw_migration.kinds.aggregate import Aggregate
from dw_migration.kinds.attribute import Attribute
from dw_migration.kinds.cast import Cast
from dw_migration.kinds.clustering import Clustering
from dw_migration.kinds.collation import Collation
from dw_migration.kinds.column import Column
from dw_migration.kinds.comment import Comment
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default import Default
from dw_migration.kinds.default_privileges import DefaultPrivileges
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.extension import Extension
from dw_migration.kinds.function import Function
from dw_migration.kinds.grant import Grant
from dw_migration.kinds.index import Index
from dw_migration.kinds.inheritance import Inheritance
from dw_migration.kinds.materialized_view import MaterializedView
from dw_migration.kinds.operator import Operator
from dw_migration.kinds.ownership import Ownership
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.kinds.policy import Policy
from dw_migration.kinds.range_type import RangeType
from dw_migration.kinds.replica_identity import ReplicaIdentity
from dw_migration.kinds.row_security import RowSecurity
from dw_migration.kinds.rule import Rule
from dw_migration.kinds.schema import Schema
from dw_migration.kinds.sequence import Sequence
from dw_migration.kinds.statistics import Statistics
from dw_migration.kinds.table import Table
from dw_migration.kinds.text_search_configuration import TextSearchConfiguration
from dw_migration.kinds.text_search_dictionary import TextSearchDictionary
from dw_migration.kinds.trigger import Trigger
from dw_migration.kinds.typed_table import TypedTable
from dw_migration.kinds.view import View

KINDS: tuple[type[DatabaseObject], ...] = (
    Schema,
    Extension,
    Collation,
    TextSearchDictionary,
    TextSearchConfiguration,
    Enum,
    Composite,
    Attribute,
    RangeType,
    Domain,
    Sequence,
    Function,
    Aggregate,
    Operator,
    Cast,
    Table,
    Column,
    Default,
    PartitionColumn,
    Constraint,
    View,
    MaterializedView,
    Index,
    Statistics,
    Inheritance,
    TypedTable,
    Partition,
    Clustering,
    ReplicaIdentity,
    Ownership,
    Rule,
    Trigger,
    Policy,
    RowSecurity,
    Comment,
    Grant,
    DefaultPrivileges,
)
"""The order decides only between objects that do not stand on one another: pg_depend has the last word."""

KIND_OF: dict[str, type[DatabaseObject]] = {kind.kind: kind for kind in KINDS}
