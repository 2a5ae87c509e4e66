"""Stations and their wardens; an agent is the program that runs on a station."""

import sqlite3
from dataclasses import dataclass


@dataclass
class Agent:
    name: str
    tools: list[str]
    model: str = "AudioMoth 1.2"


north = Agent(name="north", tools=["microphone"])
south = Agent(name="south", tools=["microphone", "thermometer"], model="Song Meter Mini")


def warden_of(station: str) -> str:
    with sqlite3.connect("stations.db") as db:
        row = db.execute("select phone from wardens where station = ?", (station,)).fetchone()
    return row[0]
