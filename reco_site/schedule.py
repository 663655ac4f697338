"""Celery's configuration and what beat rings for. Two queues: `ticks` looks, `heavy` works."""

from celery.schedules import crontab
from django.conf import settings

broker_url = settings.CELERY_BROKER_URL
result_backend = None
task_ignore_result = True
task_serializer = result_serializer = "json"
accept_content = ["json"]
task_acks_late = False  # a lost tick costs one interval; a redelivered one costs a loop
worker_prefetch_multiplier = 1
worker_cancel_long_running_tasks_on_connection_loss = False  # the lease guards, not the broker
worker_soft_shutdown_timeout = 5  # a run that is cut off is started over, nothing is lost
worker_hijack_root_logger = False
broker_connection_retry_on_startup = True
broker_connection_timeout = 1
task_publish_retry = False
broker_transport_options = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "global_keyprefix": "marquee:",
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}

task_default_queue = "ticks"
task_routes = {
    "training.tasks.fine_tune": {"queue": "heavy"},
    "training.tasks.check_integrity": {"queue": "heavy"},
    "recommender.tasks.embed_new_titles": {"queue": "heavy"},
    "catalog.tasks.import_bulk": {"queue": "heavy"},
}

# Each entry expires before its next ring, so a stopped worker wakes to one message, not to a heap.
beat_schedule = {
    name: {
        "task": name,
        "schedule": settings.TICK_SECONDS,
        "options": {"expires": settings.TICK_SECONDS},
    }
    for name in (
        "training.tasks.tick",
        "recommender.tasks.look_for_new_titles",
        "catalog.tasks.look_for_bulk_tasks",
        "catalog.tasks.send_webhooks",
    )
}
nightly = {"task": "training.tasks.check_integrity", "schedule": crontab(hour=3, minute=30)}
beat_schedule["training.tasks.check_integrity"] = {**nightly, "options": {"expires": 3600}}
nightly = {"task": "catalog.tasks.tidy_webhooks", "schedule": crontab(hour=3, minute=45)}
beat_schedule["catalog.tasks.tidy_webhooks"] = {**nightly, "options": {"expires": 3600}}
weekly = {"task": "recommender.tasks.clear_sessions", "schedule": crontab(hour=4, minute=0, day_of_week=1)}
beat_schedule["recommender.tasks.clear_sessions"] = {**weekly, "options": {"expires": 3600}}
hourly = {"task": "recommender.tasks.forget_calls", "schedule": crontab(minute=15)}
beat_schedule["recommender.tasks.forget_calls"] = {**hourly, "options": {"expires": 600}}
