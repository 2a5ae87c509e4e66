import Redis from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://localhost:6379");

/** Pictures of linked pages, so that they are fetched once a day. Replies are not kept here. */
export async function preview(url: string): Promise<string> {
  const kept = await redis.get(`preview:${url}`);
  if (kept) return kept;
  const page = await fetch(url).then((response) => response.text());
  const picture = /property="og:image" content="([^"]+)"/.exec(page)?.[1] ?? "";
  await redis.set(`preview:${url}`, picture, "EX", 86400);
  return picture;
}
