"""Messages about runs that failed, crashed or never began, and checks that warn: automations of the server.

The server sends them, not the run: a run whose host is lost tells nobody. What a failed run ended with is worded by
the run itself (model/errors.py): table, date, cause, next step. A check that fails ends its run; of one that only warns
the run tells by an event.

NOTIFICATION_URL          any address that Apprise knows, such as slack://… mailto://… json://…; or
NOTIFICATION_BLOCK        a notification block that is there, such as microsoft-teams-webhook/operators
LATE_AFTER_SECONDS        how late a run must be for a message; left out: 600
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from prefect.automations import AutomationCore, EventTrigger, Posture, ResourceSpecification, SendNotification
from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr

from deployments.change import Change, difference
from deployments.prefect_file import PrefectFile
from model.check import WARNED_EVENT
from model.errors import ConfigError

# Prefect's block for Slack hands its address to Apprise, which knows a hundred services more.
_BLOCK = f"{SlackWebhook.get_block_type_slug()}/operators"
_SOONEST_SECONDS = 10  # Prefect waits no shorter for what does not happen
_SUBJECTS = {
    "failed": "{{ flow_run.name }} failed",
    "crashed": "{{ flow_run.name }} crashed",
    "late": "{{ flow.name }}/{{ deployment.name }} is late",
    "warned": "{{ flow_run.name }}: a check warns",
}
_BODIES = {
    "failed": "{{ flow_run.state.message }}\n\nThen run it again: prefect flow-run retry {{ flow_run.id }}\n",
    "crashed": (
        "{{ flow_run.state.message }} (expected an end of its own). The target is as it was, or as it will be: never "
        "half. Run it again: prefect flow-run retry {{ flow_run.id }}\n"
    ),
    "late": (
        "The run of {{ flow_run.expected_start_time }} has not begun (expected a worker that takes it). Look whether "
        "one runs: prefect work-pool inspect {{ work_pool.name }}\n"
    ),
    "warned": "{{ event.payload['text'] }}\n",
}
_RUN_ADDRESS = "{{ flow_run|ui_url }}"


def message_changes(client: SyncPrefectClient, file: PrefectFile, environment: Mapping[str, str]) -> Iterator[Change]:
    """The block and the automations; none where the environment names no way to send messages."""
    address, named = environment.get("NOTIFICATION_URL"), environment.get("NOTIFICATION_BLOCK")
    if not address and not named:
        return
    slug = named or _BLOCK
    block_id = _block_id(client, slug)
    if address and not named:
        yield _block_change(address, is_there=block_id is not None)
    elif block_id is None:
        raise ConfigError(f"Cannot send messages by block '{slug}': Prefect knows none of that name. Create it first.")
    for cause, trigger in _triggers(file.name, _late_after(environment)).items():
        yield _automation_change(client, file, cause, trigger, slug)


def _late_after(environment: Mapping[str, str]) -> timedelta:
    seconds = environment.get("LATE_AFTER_SECONDS") or "600"
    if not seconds.isdigit() or int(seconds) < _SOONEST_SECONDS:
        raise ConfigError(
            f"Cannot send messages: LATE_AFTER_SECONDS is '{seconds}' (expected {_SOONEST_SECONDS} or more)."
        )
    return timedelta(seconds=int(seconds))


def removed_messages(client: SyncPrefectClient, file: PrefectFile) -> Iterator[Change]:
    for cause in _SUBJECTS:
        for found in client.read_automations_by_name(_name(file, cause)):
            yield Change("automation", found.name, "remove", apply=partial(client.delete_automation, found.id))
    block_id = _block_id(client, _BLOCK)
    if block_id:
        yield Change("block", _BLOCK, "remove", apply=partial(client.delete_block_document, block_id))


def _block_change(address: str, is_there: bool) -> Change:
    _, _, name = _BLOCK.partition("/")
    if is_there and SlackWebhook.load(name).url.get_secret_value() == address:  # type: ignore[union-attr]
        return Change("block", _BLOCK, "keep")
    block = SlackWebhook(url=SecretStr(address))
    return Change("block", _BLOCK, "change" if is_there else "create", apply=partial(_save, block, name))


def _save(block: SlackWebhook, name: str) -> None:
    block.save(name, overwrite=True)


def _triggers(tag: str, late_after: timedelta) -> dict[str, EventTrigger]:
    is_ours = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{tag}"})
    of_run: dict[str, Any] = {
        "match": ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        "match_related": is_ours,
        "for_each": {"prefect.resource.id"},
    }
    return {
        "failed": EventTrigger(
            expect={"prefect.flow-run.Failed", "prefect.flow-run.TimedOut"}, posture=Posture.Reactive, **of_run
        ),
        "crashed": EventTrigger(expect={"prefect.flow-run.Crashed"}, posture=Posture.Reactive, **of_run),
        "late": EventTrigger(
            after={"prefect.flow-run.Late"},
            expect={f"prefect.flow-run.{state}" for state in ("Pending", "Running", "Cancelled", "Crashed")},
            posture=Posture.Proactive,
            within=late_after,
            **of_run,
        ),
        "warned": EventTrigger(expect={WARNED_EVENT}, posture=Posture.Reactive, match_related=is_ours),
    }


def _automation_change(
    client: SyncPrefectClient, file: PrefectFile, cause: str, trigger: EventTrigger, slug: str
) -> Change:
    name = _name(file, cause)
    found = next(iter(client.read_automations_by_name(name)), None)

    def wanted() -> AutomationCore:
        """An automation that an operator has paused stays so."""
        block_id = _block_id(client, slug)
        assert block_id
        body = f"{_BODIES[cause]}{_RUN_ADDRESS}"
        action = SendNotification(block_document_id=block_id, subject=_SUBJECTS[cause], body=body)
        return AutomationCore(name=name, enabled=found.enabled if found else True, trigger=trigger, actions=[action])

    def create() -> None:
        client.create_automation(wanted())

    if found is None:
        return Change("automation", name, "create", apply=create)
    facts = difference(_content(wanted()), _content(found)) if _block_id(client, slug) else ("block",)
    if not facts:
        return Change("automation", name, "keep")
    return Change("automation", name, "change", facts, lambda: client.update_automation(found.id, wanted()))


def _content(automation: AutomationCore) -> dict[str, object]:
    return {
        "trigger": automation.trigger.model_dump(exclude={"id"}),
        "actions": [action.model_dump() for action in automation.actions],
    }


def _name(file: PrefectFile, cause: str) -> str:
    return f"{file.name}: {cause}"


def _block_id(client: SyncPrefectClient, slug: str) -> UUID | None:
    block_type, _, name = slug.partition("/")
    try:
        return client.read_block_document_by_name(name, block_type, include_secrets=False).id
    except ObjectNotFound:
        return None
