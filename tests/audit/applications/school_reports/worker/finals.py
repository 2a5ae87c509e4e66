"""The night before the reports are printed: comments for all whom the teachers left out."""

import logging

from reports import store
from reports.llm import Writer

log = logging.getLogger("finals")


def main() -> None:
    for school in store.schools():
        writer = Writer(school)
        for pupil, name, keywords in store.pupils_without_comment(school.tenant_id):
            store.keep_comment(pupil, writer.comment(name, keywords))
        log.info("finals done", extra={"tenant": school.tenant_id})


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
