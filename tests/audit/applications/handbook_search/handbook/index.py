import os

from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient


def store() -> QdrantVectorStore:
    client = QdrantClient(url=os.environ["QDRANT_URL"])
    return QdrantVectorStore(client=client, collection_name="handbook")


def storage() -> StorageContext:
    return StorageContext.from_defaults(vector_store=store())


def index() -> VectorStoreIndex:
    return VectorStoreIndex.from_vector_store(store())
