/** DuckDB as people use it. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Test } from 'tap';

export interface Database {
  /** Rows of values as JSON has them: 64-bit numbers are text. */
  query: (sql: string) => Promise<unknown[][]>;
  /** The types of the columns, by their names. */
  typesOf: (table: string) => Promise<Record<string, string>>;
}

/** A database in memory, which goes with the test. */
export async function openDuckdb(t: Test): Promise<Database> {
  const connection: DuckDBConnection = await (await DuckDBInstance.create(':memory:')).connect();
  t.teardown(() => connection.closeSync());
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  return {
    query,
    typesOf: async (table) =>
      Object.fromEntries(
        (await query(`describe select * from ${table}`)).map(([name, type]) => [name, type]),
      ) as Record<string, string>,
  };
}
