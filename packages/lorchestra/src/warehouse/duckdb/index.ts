export { openDuckdb as open } from "./duckdb-warehouse.js";
