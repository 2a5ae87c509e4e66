import { generateObject } from "ai";
import { z } from "zod";

import { models } from "./models";

const Tags = z.object({
  diet: z.enum(["meat", "fish", "vegetarian", "vegan"]),
  season: z.enum(["spring", "summer", "autumn", "winter", "any"]),
  minutes: z.number().int(),
});

export type Tags = z.infer<typeof Tags>;

export async function tagRecipe(text: string): Promise<Tags> {
  const { object, usage } = await generateObject({
    model: models.tags,
    schema: Tags,
    prompt: `Tag the recipe by diet, season and the minutes it takes.\n\n${text}`,
    experimental_telemetry: { isEnabled: true, functionId: "tags" },
  });
  console.info("tags", usage.totalTokens);
  return object;
}
