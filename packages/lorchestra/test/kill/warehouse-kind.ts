export type WarehouseKind = "duckdb" | "bigquery";
