from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from reports import store
from reports.llm import Writer
from reports.schools import School

app = FastAPI()


class Keywords(BaseModel):
    name: str
    keywords: str


def school(x_school_token: str = Header()) -> School:
    found = store.school_by_token(x_school_token)
    if found is None:
        raise HTTPException(401, "unknown school")
    return found


@app.post("/comments")
def comment(body: Keywords, who: School = Depends(school)) -> dict[str, str]:
    writer = Writer(who)
    subject = writer.subject(body.keywords)
    return {"subject": subject, "comment": writer.comment(body.name, body.keywords)}
