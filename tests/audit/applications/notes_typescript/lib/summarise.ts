import { openai } from "@ai-sdk/openai";
import { generateObject } from "ai";
import { z } from "zod";

const Summary = z.object({
  title: z.string().max(60),
  points: z.array(z.string()).max(5),
});

/** What a shared note shows to those who open its link: a title and up to five points. */
export async function summarise(note: string) {
  const { object } = await generateObject({
    model: openai("gpt-4o-mini"),
    schema: Summary,
    system: "Write down what the note says, in the note's language.",
    prompt: note,
    temperature: 0,
  });
  return object;
}
