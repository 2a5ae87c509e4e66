import { drizzle } from "drizzle-orm/postgres-js";
import { index, integer, pgTable, text, vector } from "drizzle-orm/pg-core";
import postgres from "postgres";

export const recipes = pgTable(
  "recipes",
  {
    id: integer("id").primaryKey(),
    title: text("title"),
    text: text("text").notNull(),
    blurb: text("blurb"),
    embedding: vector("embedding", { dimensions: 1536 }),
  },
  (table) => [index("recipes_near").using("hnsw", table.embedding.op("vector_cosine_ops"))],
);

export const db = drizzle(postgres(process.env.DATABASE_URL!));
