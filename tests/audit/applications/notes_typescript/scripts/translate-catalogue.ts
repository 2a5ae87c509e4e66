// Translates the texts of the interface. Run before a release: npm run translate -- nl
// max_tokens was 200 once, and cut the long texts of the imprint.
import { readFileSync, writeFileSync } from "node:fs";
import OpenAI from "openai";

const client = new OpenAI();
const language = process.argv[2] ?? "nl";
const catalogue: Record<string, string> = JSON.parse(readFileSync("locales/en.json", "utf8"));

const INSTRUCTIONS = `Translate the text of a button or page of a note-taking program.
Reply as JSON with the keys "text" and "remark".`;

async function translate(text: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const completion = await client.chat.completions.create({
        model: "gpt-4o-mini",
        messages: [
          { role: "system", content: INSTRUCTIONS },
          { role: "user", content: `Language: ${language}\nText: ${text}` },
        ],
      });
      return JSON.parse(completion.choices[0].message.content ?? "{}").text;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

const translated: Record<string, string> = {};
for (const [key, text] of Object.entries(catalogue)) {
  translated[key] = await translate(text);
}
writeFileSync(`locales/${language}.json`, JSON.stringify(translated, null, 2));
