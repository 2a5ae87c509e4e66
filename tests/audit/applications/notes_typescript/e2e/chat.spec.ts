import { expect, test } from "@playwright/test";

// The reply comes from a cache of recorded replies, semanticCache in the old fixtures.
const cache = new Map<string, string>([["Where is my list?", "In the note Groceries."]]);

test("a question is answered", async ({ page }) => {
  await page.route("**/api/chat", (route) => route.fulfill({ body: cache.get("Where is my list?") }));
  await page.goto("/notes");
  await expect(page.getByText("Groceries")).toBeVisible();
});
