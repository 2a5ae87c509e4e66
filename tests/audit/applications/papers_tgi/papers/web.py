from fastapi import FastAPI, UploadFile

from papers.model import Model
from papers.review import review

app = FastAPI()
model = Model()


@app.post("/reviews")
async def make_review(paper: UploadFile) -> dict[str, str]:
    return await review(await paper.read(), model)
