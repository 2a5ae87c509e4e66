import Anthropic from "@anthropic-ai/sdk";
import pino from "pino";
import { config } from "../config.js";

const anthropic = new Anthropic({ maxRetries: 3 });
const log = pino({ name: "ai" });

export interface Ask {
  feature: string;
  workspaceId: string;
  system: string;
  messages: Anthropic.MessageParam[];
  maxTokens: number;
}

export async function ask({ feature, workspaceId, system, messages, maxTokens }: Ask): Promise<string> {
  const began = performance.now();
  const reply = await anthropic.messages.create({
    model: config.model,
    max_tokens: maxTokens,
    system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
    messages,
    metadata: { user_id: workspaceId },
  });
  log.info({ feature, workspaceId, usage: reply.usage, ms: performance.now() - began }, "asked");
  const first = reply.content[0];
  return first.type === "text" ? first.text : "";
}
