"""Says in a word what a photograph's caption is about; runs on the desk's own machine."""

from fastapi import FastAPI
from transformers import AutoModelForCausalLM, AutoTokenizer

app = FastAPI()
NAME = "HuggingFaceTB/SmolLM2-1.7B-Instruct"
tokenizer = AutoTokenizer.from_pretrained(NAME)
model = AutoModelForCausalLM.from_pretrained(NAME)


@app.post("/caption")
def caption(text: str) -> dict[str, str]:
    chat = [{"role": "user", "content": f"Name the damaged thing in one word: {text}"}]
    inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
    output = model.generate(inputs, max_new_tokens=8, do_sample=False)
    return {"thing": tokenizer.decode(output[0][inputs.shape[1] :], skip_special_tokens=True)}
