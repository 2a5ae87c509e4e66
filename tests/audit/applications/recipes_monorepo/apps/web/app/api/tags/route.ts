import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";

import { tagRecipe } from "@recipes/ai";

const perMinute = new Ratelimit({
  redis: Redis.fromEnv(),
  limiter: Ratelimit.slidingWindow(20, "1 m"),
});

export async function POST(request: Request) {
  const { success } = await perMinute.limit(request.headers.get("x-forwarded-for") ?? "unknown");
  if (!success) return new Response("slow down", { status: 429 });
  const { text } = await request.json();
  return Response.json(await tagRecipe(text));
}
