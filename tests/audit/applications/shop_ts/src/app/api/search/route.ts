import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { NextResponse } from "next/server";
import { findProducts } from "@/lib/catalogue";
import { searchIntent } from "@/lib/search-intent";

const perVisitor = new Ratelimit({
  redis: Redis.fromEnv(),
  limiter: Ratelimit.slidingWindow(30, "60 s"),
});

export async function GET(request: Request) {
  const visitor = request.headers.get("x-forwarded-for") ?? "unknown";
  const { success } = await perVisitor.limit(visitor);
  if (!success) return NextResponse.json({ error: "slow down" }, { status: 429 });

  const query = new URL(request.url).searchParams.get("q") ?? "";
  const { words, category } = await searchIntent(query.slice(0, 300));
  return NextResponse.json(await findProducts(words, category ?? undefined));
}
