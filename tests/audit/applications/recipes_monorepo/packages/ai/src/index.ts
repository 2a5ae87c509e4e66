export * from "./models";
export * from "./prompts";
export * from "./search";
export * from "./tags";
