import { convertToModelMessages, streamText, type UIMessage } from "ai";

import { cookSystem, models, similarRecipes } from "@recipes/ai";

export const maxDuration = 30;

export async function POST(request: Request) {
  const { messages }: { messages: UIMessage[] } = await request.json();
  const last = messages.at(-1)!.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  const found = await similarRecipes(last);

  const result = streamText({
    model: models.chat,
    system: `${cookSystem}\n\n${found.map((recipe) => recipe.text).join("\n---\n")}`,
    messages: convertToModelMessages(messages),
    experimental_telemetry: { isEnabled: true, functionId: "chat" },
  });
  return result.toUIMessageStreamResponse();
}
