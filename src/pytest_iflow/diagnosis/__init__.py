"""Why a call was refused: causes as data, judged over the facts of one call."""
