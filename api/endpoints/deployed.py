"""The versions beside the champion, as the answers of the API describe them."""

from typing import Any

from api.serving.deployment import Deployment


def beside_champion(deployment: Deployment) -> dict[str, Any]:
    """The canary and the shadow, None for none. One that failed answers no more, and is named until the next one."""
    canary, shadow = deployment.canary or deployment.failed_canary, deployment.shadow or deployment.failed_shadow
    return {
        "canary": {"version": canary, "percent": deployment.percent, "failed": not deployment.canary}
        if canary
        else None,
        "shadow": {"version": shadow, "failed": not deployment.shadow} if shadow else None,
    }
