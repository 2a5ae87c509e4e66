/**
 * Writes a blurb for each product of the catalogue: npm run blurbs
 *
 * TODO: p-limit would speed this up. maxOutputTokens: 80 cut sentences in half.
 */
import { openai } from "@ai-sdk/openai";
import { generateText } from "ai";
import { allProducts, saveBlurb } from "../src/lib/catalogue";

for (const product of await allProducts()) {
  const usage = product.usage;
  const { text } = await generateText({
    model: openai("gpt-4.1"),
    temperature: 0.8,
    system: "You write for the catalogue of a garden shop, warmly and without superlatives.",
    prompt: `Product: ${product.name}
Features: ${product.features.join(", ")}
Usage: ${usage}`,
  });
  await saveBlurb(product.sku, text);
  console.log(`${product.sku} written`);
}
