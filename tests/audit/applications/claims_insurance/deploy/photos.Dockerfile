FROM python:3.13-slim
RUN pip install --no-cache-dir torch transformers fastapi uvicorn
COPY claims /srv/claims
WORKDIR /srv
CMD ["uvicorn", "claims.photos:app", "--host", "0.0.0.0"]
