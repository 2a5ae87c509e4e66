// The catalogue of the shop, read from its own service.

export interface Product {
  sku: string;
  name: string;
  features: string[];
  category: string;
  /** How the customer uses it; printed on the label. */
  usage: string;
}

const API = process.env.CATALOGUE_URL ?? "http://localhost:4001";

export async function allProducts(): Promise<Product[]> {
  const products: Product[] = [];
  for (let page = 1; ; page++) {
    const reply = await fetch(`${API}/products?page=${page}`);
    const { items, last } = JSON.parse(await reply.text());
    products.push(...items);
    if (last) return products;
  }
}

export async function fetchCategories(): Promise<string[]> {
  const reply = await fetch(`${API}/categories`);
  return reply.json();
}

export async function findProducts(words: string, category?: string): Promise<Product[]> {
  const query = new URLSearchParams({ words, category: category ?? "" });
  const reply = await fetch(`${API}/search?${query}`);
  return reply.json();
}

export async function saveBlurb(sku: string, text: string): Promise<void> {
  await fetch(`${API}/products/${sku}/blurb`, { method: "PUT", body: text });
}
