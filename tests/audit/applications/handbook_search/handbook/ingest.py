"""Run by the job of the chart after each release of the handbook."""

from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter

from handbook.index import storage
from handbook.models import configure


def main(folder: str = "/handbook") -> None:
    configure()
    documents = SimpleDirectoryReader(folder, recursive=True, required_exts=[".md", ".pdf"]).load_data()
    splitter = SentenceSplitter(chunk_size=512, chunk_overlap=40)
    VectorStoreIndex.from_documents(
        documents, storage_context=storage(), transformations=[splitter], show_progress=True
    )


if __name__ == "__main__":
    main()
