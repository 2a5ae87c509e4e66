import { embed, embedMany } from "ai";
import { cosineDistance, desc, sql } from "drizzle-orm";

import { db, recipes } from "@recipes/db";
import { embedder } from "./models";

export async function indexRecipes(rows: { id: number; text: string }[]) {
  const { embeddings } = await embedMany({ model: embedder, values: rows.map((row) => row.text) });
  for (const [at, row] of rows.entries()) {
    await db
      .insert(recipes)
      .values({ id: row.id, text: row.text, embedding: embeddings[at] })
      .onConflictDoUpdate({ target: recipes.id, set: { embedding: embeddings[at] } });
  }
}

export async function similarRecipes(question: string) {
  const { embedding } = await embed({ model: embedder, value: question });
  const similarity = sql<number>`1 - (${cosineDistance(recipes.embedding, embedding)})`;
  return db
    .select({ id: recipes.id, text: recipes.text, similarity })
    .from(recipes)
    .orderBy((row) => desc(row.similarity))
    .limit(40);
}
