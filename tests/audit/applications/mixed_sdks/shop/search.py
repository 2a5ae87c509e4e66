"""Finds books by what they are about; the index lives in Qdrant."""

from llama_index.core import Document, VectorStoreIndex, StorageContext
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient

qdrant = QdrantClient(url="http://qdrant:6333")
store = QdrantVectorStore(client=qdrant, collection_name="books")
embedding = OpenAIEmbedding(model="text-embedding-3-small")


def add(books: list[dict]) -> None:
    documents = [Document(text=book["blurb"], metadata={"isbn": book["isbn"]}) for book in books]
    VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=embedding,
    )


def find(words: str) -> list[str]:
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedding)
    retriever = index.as_retriever(similarity_top_k=8)
    return [hit.node.metadata["isbn"] for hit in retriever.retrieve(words)]
