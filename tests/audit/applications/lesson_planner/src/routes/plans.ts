import { Router } from "express";
import { ask } from "../ai/client.js";
import { GRADE_SYSTEM, PLAN_SYSTEM } from "../ai/prompts.js";
import { savePlan } from "../db.js";

export const plans = Router();

plans.post("/", async (req, res) => {
  const { workspaceId } = res.locals;
  const topic: string = req.body.topic;
  const reply = await ask({
    feature: "plan",
    workspaceId,
    system: PLAN_SYSTEM,
    messages: [{ role: "user", content: topic }],
    maxTokens: 1500,
  });
  const plan = JSON.parse(reply.replace(/^```json|```$/g, ""));
  const grade = await ask({
    feature: "grade",
    workspaceId,
    system: GRADE_SYSTEM,
    messages: [{ role: "user", content: topic }],
    maxTokens: 8,
  });
  res.json(await savePlan(workspaceId, { ...plan, grade: Number(grade) }));
});
