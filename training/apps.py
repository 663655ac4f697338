from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from recommender.accounts import leaving
        from training.leaving import forget_actor

        leaving.forget_actor.append(forget_actor)
