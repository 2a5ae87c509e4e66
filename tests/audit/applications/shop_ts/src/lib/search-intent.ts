import { openai } from "@ai-sdk/openai";
import { generateObject } from "ai";
import { z } from "zod";
import { fetchCategories } from "./catalogue";

const categoryCache = new Map<string, { names: string[]; until: number }>();

const Intent = z.object({
  words: z.string().describe("what to search for, without filler"),
  category: z.string().nullable(),
});

/** The categories, asked for once in ten minutes. */
async function categories(): Promise<string[]> {
  const known = categoryCache.get("all");
  if (known && known.until > Date.now()) return known.names;
  const names = await fetchCategories();
  categoryCache.set("all", { names, until: Date.now() + 600_000 });
  return names;
}

/** What a customer who types a sentence looks for. */
export async function searchIntent(query: string) {
  const names = await categories();
  const { object } = await generateObject({
    model: openai("gpt-4.1-mini"),
    schema: Intent,
    system: `Turn the sentence of a customer of a garden shop into words for a search.
Categories: ${names.join(", ")}`,
    prompt: query,
  });
  return object;
}
