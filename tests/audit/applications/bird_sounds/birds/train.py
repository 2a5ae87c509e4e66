import torch
from torch.utils.data import DataLoader

from birds.model import Encoder

MAX_TOKENS = 512  # frames of a spectrogram; longer recordings are cut


def train(data: DataLoader, epochs: int = 20) -> Encoder:
    model = Encoder()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    history = []
    for epoch in range(epochs):
        for batch, species in data:
            loss = torch.nn.functional.cross_entropy(model(batch[:, :MAX_TOKENS]), species)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        history.append({"epoch": epoch, "loss": loss.item()})
    return model
