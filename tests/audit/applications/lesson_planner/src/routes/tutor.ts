import type Anthropic from "@anthropic-ai/sdk";
import { Router } from "express";
import { ask } from "../ai/client.js";
import { TUTOR_SYSTEM } from "../ai/prompts.js";

const threads = new Map<string, Anthropic.MessageParam[]>();

export const tutor = Router();

tutor.post("/:thread", async (req, res) => {
  const messages = threads.get(req.params.thread) ?? [];
  messages.push({ role: "user", content: req.body.text });
  const answer = await ask({
    feature: "tutor",
    workspaceId: res.locals.workspaceId,
    system: TUTOR_SYSTEM,
    messages,
    maxTokens: 500,
  });
  messages.push({ role: "assistant", content: answer });
  threads.set(req.params.thread, messages);
  res.json({ answer });
});
