export const cookSystem = [
  "Role: cook who answers questions of people that stand in their kitchen",
  "Length: three sentences at most",
  "Use the recipes below where they fit; say so where none does.",
].join("\n");

export function blurbPrompt(title: string, ingredients: string[]): string {
  return `Write one sentence that makes people want to cook this.
Title: ${title}
Ingredients: ${ingredients.join(", ")}`;
}
