import OpenAI from "openai";
import type { ResponseInputItem } from "openai/resources/responses/responses";
import { findProducts } from "@/lib/catalogue";

const client = new OpenAI();
const sessions = new Map<string, ResponseInputItem[]>();

const INSTRUCTIONS = `You advise customers of a garden shop.
- Ask for the size of the garden before you recommend machines.
- Recommend products of the shop only.
- No prices: they change every day.`;

/** One turn of the adviser; the session remembers those before. */
export async function POST(request: Request) {
  const { session, text } = await request.json();
  const started = performance.now();

  const turns = sessions.get(session) ?? [];
  const offers = await findProducts(text);
  turns.push({ role: "user", content: `${text}\n\nIn stock: ${offers.map((o) => o.name).join("; ")}` });

  const response = await client.responses.create({
    model: "gpt-4.1",
    instructions: INSTRUCTIONS,
    input: turns,
    store: false,
  });
  turns.push({ role: "assistant", content: response.output_text });
  sessions.set(session, turns);

  console.log("adviser answered in ms:", Math.round(performance.now() - started));
  return Response.json({ text: response.output_text });
}
