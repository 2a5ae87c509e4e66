import { openai } from "@ai-sdk/openai";

/** The models that we pay for. Change them here and nowhere else. */
export const models = {
  chat: openai("gpt-4.1"),
  tags: openai("gpt-4.1-nano"),
  blurbs: openai("gpt-4.1-mini"),
};

export const embedder = openai.embedding("text-embedding-3-small");
