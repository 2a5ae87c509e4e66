"""Rules of entry, looked up by meaning."""

from langchain_community.document_loaders import DirectoryLoader, TextLoader
from langchain_core.tools import create_retriever_tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import OpenAIEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

splitter = RecursiveCharacterTextSplitter(chunk_size=600, chunk_overlap=50)
pages = DirectoryLoader("rules", glob="*.md", loader_cls=TextLoader).load()
store = InMemoryVectorStore.from_documents(
    splitter.split_documents(pages), OpenAIEmbeddings(model="text-embedding-3-small")
)
entry_rules = create_retriever_tool(
    store.as_retriever(), "entry_rules", "Rules of entry: visas, passports, vaccinations."
)
