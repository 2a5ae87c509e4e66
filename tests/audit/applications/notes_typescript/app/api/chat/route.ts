import { openai } from "@ai-sdk/openai";
import { convertToModelMessages, streamText, type UIMessage } from "ai";

export const maxDuration = 30;

const SYSTEM = `You help people find their way through their own notes.

- Quote a note by its title.
- Ask back when two notes could be meant.`;

export async function POST(request: Request) {
  const { messages }: { messages: UIMessage[] } = await request.json();

  const result = streamText({
    model: openai("gpt-4o"),
    system: SYSTEM,
    messages: convertToModelMessages(messages),
    maxOutputTokens: 600,
    experimental_telemetry: { isEnabled: true, functionId: "chat" },
  });

  return result.toUIMessageStreamResponse();
}
