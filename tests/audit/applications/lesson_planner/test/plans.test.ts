import { expect, it, vi } from "vitest";

vi.mock("../src/ai/client.js", () => ({ ask: async () => "4" }));

it("reads a grade", async () => {
  const { ask } = await import("../src/ai/client.js");
  expect(Number(await ask({} as never))).toBe(4);
});
