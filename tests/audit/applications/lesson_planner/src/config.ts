export const config = {
  model: process.env.PLANNER_MODEL ?? "claude-sonnet-4-5",
  port: Number(process.env.PORT ?? 8080),
};
