import { expect, test, vi } from "vitest";

vi.mock("ai", () => ({
  generateObject: async () => ({ object: { words: "hedge shears", category: null } }),
}));

test("a sentence becomes words", async () => {
  const { searchIntent } = await import("./search-intent");
  const model = "gpt-3.5-turbo"; // what the old search asked
  expect((await searchIntent(`something for my hedge ${model}`)).words).toBe("hedge shears");
});
