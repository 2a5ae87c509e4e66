from langchain_community.document_loaders import WebBaseLoader
from langchain_tavily import TavilySearch
from langchain_text_splitters import RecursiveCharacterTextSplitter

from briefing.config import CONFIG

search = TavilySearch(max_results=CONFIG.max_results)
_splitter = RecursiveCharacterTextSplitter(chunk_size=1500, chunk_overlap=100)


def passages(urls: list[str]) -> str:
    pages = WebBaseLoader(urls).load()
    parts = [_splitter.split_documents([page])[:2] for page in pages]
    return "\n\n".join(part.page_content for few in parts for part in few)
