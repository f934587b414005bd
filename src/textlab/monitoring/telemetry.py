"""A look as one event of Azure Application Insights, if APPLICATIONINSIGHTS_CONNECTION_STRING is set."""

import os
import re
import time
from typing import Any

from textlab.monitoring.look import Look

VARIABLE = "APPLICATIONINSIGHTS_CONNECTION_STRING"
EVENT, EVENT_NAME = "monitoring_look", "microsoft.custom_event.name"
FLUSH_MILLISECONDS = 10_000
KEY = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def send_event(look: Look) -> bool:
    """Send the numbers of a look, never a text. Return whether Application Insights is set up.

    Raises:
        ValueError: the connection string is malformed. The message does not quote it.
    """
    if not os.environ.get(VARIABLE, "").strip():
        return False
    from azure.monitor.opentelemetry.exporter import AzureMonitorLogExporter
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    # The SDK reads the variable itself, and refuses a final semicolon and a key in capitals.
    os.environ[VARIABLE] = KEY.sub(lambda key: key[0].lower(), os.environ[VARIABLE].strip().strip(";"))
    try:
        exporter = AzureMonitorLogExporter(disable_offline_storage=True)
    except ValueError:
        raise ValueError(
            f"{VARIABLE} is not a valid connection string. Copy it from the Azure portal, or unset it."
        ) from None
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    record = LogRecord(
        timestamp=time.time_ns(),
        severity_number=SeverityNumber.INFO,
        body=EVENT,
        attributes={EVENT_NAME: EVENT} | event_fields(look),
    )
    provider.get_logger("textlab_monitoring").emit(record)
    provider.force_flush(FLUSH_MILLISECONDS)
    provider.shutdown()
    return True


def event_fields(look: Look) -> dict[str, Any]:
    """The event's properties: names and numbers."""
    fields: dict[str, Any] = {
        "model": look.name,
        "version": look.version,
        "verdict": str(look.verdict),
        "since": look.since,
        "until": look.until,
        "predictions": look.predictions,
        "alarms": ", ".join(look.alarms),
    }
    if look.findings:
        fields["smallest_p"] = min(finding.adjusted_p for finding in look.findings)
    if look.estimate:
        accuracy = look.estimate.accuracy
        fields |= {
            "estimated_accuracy": accuracy.value,
            "estimated_accuracy_low": accuracy.low,
            "estimated_accuracy_high": accuracy.high,
            "estimated_macro_f1": look.estimate.macro_f1.value,
        }
    return fields
