import { generateText } from "ai";
import { eq, isNull } from "drizzle-orm";
import pLimit from "p-limit";

import { blurbPrompt, models } from "@recipes/ai";
import { db, recipes } from "@recipes/db";

const limit = pLimit(5);

async function writeBlurb(recipe: { id: number; title: string | null; text: string }) {
  const { text } = await generateText({
    model: models.blurbs,
    prompt: blurbPrompt(recipe.title ?? "", recipe.text.split("\n").slice(0, 8)),
    maxOutputTokens: 80,
  });
  await db.update(recipes).set({ blurb: text }).where(eq(recipes.id, recipe.id));
}

const waiting = await db.select().from(recipes).where(isNull(recipes.blurb));
await Promise.all(waiting.map((recipe) => limit(() => writeBlurb(recipe))));
console.info(`${waiting.length} blurbs written`);
