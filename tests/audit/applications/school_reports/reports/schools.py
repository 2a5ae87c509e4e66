"""Schools, which are the tenants, and their teams in the proxy."""

from dataclasses import dataclass

import httpx

from reports import settings

TOKENS_A_MINUTE = 40_000


@dataclass(frozen=True)
class School:
    tenant_id: str
    name: str
    proxy_key: str


def create_team(tenant_id: str, name: str, master_key: str) -> str:
    """Create the school's team in the proxy, and return the key of it."""
    with httpx.Client(base_url=settings.PROXY_URL, headers={"x-api-key": master_key}) as proxy:
        team = {"team_id": tenant_id, "team_alias": name, "tpm_limit": TOKENS_A_MINUTE}
        proxy.post("/team/new", json=team).raise_for_status()
        made = proxy.post("/key/generate", json={"team_id": tenant_id})
        return made.raise_for_status().json()["key"]
