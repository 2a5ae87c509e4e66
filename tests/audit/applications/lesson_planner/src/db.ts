import pg from "pg";

const pool = new pg.Pool();

export async function savePlan(workspaceId: string, plan: object) {
  const rows = await Promise.all([
    pool.query("insert into plans (workspace, body) values ($1, $2) returning id", [workspaceId, plan]),
    pool.query("update workspaces set plans = plans + 1 where id = $1", [workspaceId]),
  ]);
  return { id: rows[0].rows[0].id, ...plan };
}
