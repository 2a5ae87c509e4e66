"""The index of the manuals. It is built when the service starts and lives as long as it does."""

from langchain_community.document_loaders import DirectoryLoader, TextLoader
from langchain_community.vectorstores import FAISS
from langchain_openai import OpenAIEmbeddings
from langchain_text_splitters import MarkdownHeaderTextSplitter, RecursiveCharacterTextSplitter

from .settings import settings

PASSAGES = 40
HEADINGS = [("#", "title"), ("##", "section")]


def build():
    """Split the manuals, embed the passages and return a retriever over them."""
    loaded = DirectoryLoader(str(settings().corpus), glob="**/*.md", loader_cls=TextLoader).load()
    by_heading = MarkdownHeaderTextSplitter(HEADINGS)
    sections = [part for page in loaded for part in by_heading.split_text(page.page_content)]
    splitter = RecursiveCharacterTextSplitter(chunk_size=800, chunk_overlap=80)
    passages = splitter.split_documents(sections)
    store = FAISS.from_documents(passages, OpenAIEmbeddings(model="text-embedding-3-small"))
    return store.as_retriever(search_kwargs={"k": PASSAGES})
