import Anthropic from "@anthropic-ai/sdk";
import pLimit from "p-limit";

const anthropic = new Anthropic();
const limit = pLimit(8);

const SYSTEM = "Answer letters of buyers. Greet by name, answer, close with the shop's name.";

type Letter = { id: string; name: string; text: string; workspace: string };

/** One answer a letter; the shop reads them before they go out on Friday. */
export async function answerAll(letters: Letter[]): Promise<Map<string, string>> {
  const answers = await Promise.all(letters.map((letter) => limit(() => answer(letter))));
  return new Map(answers);
}

async function answer(letter: Letter): Promise<[string, string]> {
  const message = await anthropic.messages.create({
    model: "claude-3-5-haiku-latest",
    max_tokens: 400,
    system: SYSTEM,
    messages: [{ role: "user", content: `${letter.name} writes:\n${letter.text}` }],
  });
  const text = message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
  console.log(letter.id, message.usage.input_tokens, message.usage.output_tokens);
  return [letter.id, text];
}
