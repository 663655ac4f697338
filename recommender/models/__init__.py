from recommender.models.access import ApiKey, Calls
from recommender.models.checkpoints import Checkpoint, CheckpointChunk, ServingChange, TitleEmbedding
from recommender.models.curation import Rule, SynonymSet
from recommender.models.people import Forgetting, Tries, Visit

__all__ = [
    "ApiKey",
    "Calls",
    "Checkpoint",
    "CheckpointChunk",
    "Forgetting",
    "Rule",
    "ServingChange",
    "SynonymSet",
    "TitleEmbedding",
    "Tries",
    "Visit",
]
