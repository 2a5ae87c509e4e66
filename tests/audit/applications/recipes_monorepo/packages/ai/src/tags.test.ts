import { expect, test, vi } from "vitest";

vi.mock("ai", () => ({
  generateObject: async () => ({
    object: { diet: "vegan", season: "any", minutes: 20 },
    usage: { totalTokens: 1 },
  }),
}));

test("a recipe has tags", async () => {
  const { tagRecipe } = await import("./tags");
  expect((await tagRecipe("Lentils")).diet).toBe("vegan");
});
