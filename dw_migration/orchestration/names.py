"""What the definitions of a warehouse are called, so that those of several stand side by side in one project."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg

DEFAULT = "warehouse"


@dataclass(frozen=True, slots=True)
class Names:
    """The plain names for the warehouse that is called `warehouse`; for any other one they follow its own name."""

    warehouse: str = DEFAULT
    keys: Mapping[str, dg.AssetKey] = field(default_factory=dict)
    """Of the assets that a project gave keys of its own, by our names for them."""

    def of(self, name: str) -> str:
        """Of a job, sensor, schedule, op, pool or resource: `sync`, `lake_sync`."""
        return name if self.warehouse == DEFAULT else f"{self.warehouse}_{name}"

    def key(self, asset: str) -> dg.AssetKey:
        """Of an asset: `source_models`, `lake/source_models`, or what the project made of it."""
        path = [asset] if self.warehouse == DEFAULT else [self.warehouse, asset]
        return self.keys.get(asset) or dg.AssetKey(path)
