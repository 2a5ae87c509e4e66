"""What names tell of retrieval and of documents."""

from __future__ import annotations

import re
from collections.abc import Mapping

from llmopt.audit.probes.code.signals.pattern import any_of

DISTANCE = (
    r"(?:^|\.)drizzle-orm\.(?:cosineDistance|l[12]Distance|innerProduct)$|"
    r"pgvector\.\w+\.(?:CosineDistance|L[12]Distance|MaxInnerProduct)$|"
    r"(?:embedding|vector)\w*\.(?:cosine_distance|l[12]_distance|max_inner_product)$"
)
"""The distance of a column to a vector, in the query builders that know pgvector."""

READING: Mapping[str, re.Pattern[str]] = {
    # retrieval and documents
    "retrieval": any_of(
        r"\.as_?[rR]etriever$",
        r"similarity_?[sS]earch",
        r"VectorStoreIndex",
        r"as_query_engine$",
        r"RetrievalQA",
        r"create_retrieval_chain",
        r"createRetrievalChain",
        r"\.query_points$",
        r"import:(?:chromadb|pinecone|qdrant_client|weaviate|pymilvus|faiss|lancedb)",
        r"import:@?(?:pinecone-database|qdrant|langchain/pinecone|langchain/qdrant)",
        r"VectorStore\b",
        r"str:.*<(?:->|=>|#>)",
        r"import:chromadb",
        r"max_marginal_relevance_search",
        DISTANCE,
    ),
    "retrieving": any_of(r"(?i)retriev|(?:^|[._])passages?(?:$|[._\[(])"),
    "filtered": any_of(
        r"score_?[tT]hreshold=",
        r"similarity_?[cC]utoff=",
        r"(?i)re_?rank",
        r"ContextualCompression",
        r"SimilarityPostprocessor",
        r"CrossEncoder",
        r"str:similarity_score_threshold$",
    ),
    "split": any_of(
        r"TextSplitter",
        r"SentenceSplitter",
        r"NodeParser",
        r"chunk_?[sS]ize",
        r"str:map_reduce$",
        r"str:refine$",
        r"(?i)(?:^|[._:])(?:\w+_chunks?|chunks|chunk_\w+|chunked|chunk[a-z]+|split_?(?:text|"
        r"document|page)\w*)(?:$|\.)",
        r"def:\w*(?:chunk|split)\w*",
        r"MapReduce",
    ),
    "loader": any_of(
        r"\w+Loader$",
        r"import:(?:pypdf|PyPDF2|pdfplumber|fitz|pymupdf|docx|unstructured|pdf-parse|mammoth)",
    ),
}
