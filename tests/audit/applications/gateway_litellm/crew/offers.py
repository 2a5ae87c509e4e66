"""Writes an offer for a tenant: one agent looks up prices, one writes, a manager directs both."""

from crewai import LLM, Agent, Crew, Process, Task

from crew.tools import price_list

strong = LLM(
    model="litellm_proxy/claude-sonnet-4-5",
    base_url="http://gateway-litellm:4000",
    max_tokens=1500,
)


def build(tenant: str) -> Crew:
    """Return the crew that writes one offer."""
    pricing = Agent(
        role="Pricing",
        goal="Find the price of every position",
        backstory="Knows the price lists of all years.",
        tools=[price_list],
        llm=strong,
    )
    writer = Agent(
        role="Writer",
        goal="Write the offer",
        backstory="Writes briefly.",
        llm=strong,
    )
    prices = Task(
        description="Find the prices of: {positions}",
        expected_output="A table of positions and prices",
        agent=pricing,
    )
    offer = Task(
        description="Write the offer from the table, at most 200 words.",
        expected_output="The offer",
        agent=writer,
        context=[prices],
    )
    return Crew(
        name=f"offers-{tenant}",
        agents=[pricing, writer],
        tasks=[prices, offer],
        process=Process.hierarchical,
        manager_llm=strong,
    )
